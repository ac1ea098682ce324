"""The daemon shown at work: embedded servers, a producer of sample events, and a daemon to watch."""
