"""The line between the supervisor and a child: typed frames, both ways."""
