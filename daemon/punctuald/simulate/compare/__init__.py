"""Many runs compared: our scaling law's, its rivals', and those of a plan that knows everything beforehand."""
