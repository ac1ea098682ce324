"""The HTTP server of the observer: metrics and health for whoever scrapes them."""
