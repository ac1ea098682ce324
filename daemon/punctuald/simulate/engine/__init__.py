"""One run: a trace, a set-up and a scaler go in, what it would have been like comes out."""
