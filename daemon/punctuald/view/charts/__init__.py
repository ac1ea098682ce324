"""What a chart says, apart from how it is drawn: the report and the dashboard draw from the same descriptions."""
