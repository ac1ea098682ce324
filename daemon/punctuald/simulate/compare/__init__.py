"""Many runs beside each other: ours, the rivals and one who knew everything beforehand."""
