"""One run: from a trace, a set-up and a scaler to the result that they would have had."""
