"""What `punctuald doctor` looks at beside sources: what a running daemon has measured, its log, and its processes."""
