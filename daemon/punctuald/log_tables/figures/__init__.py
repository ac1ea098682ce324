"""What a report says in numbers: frozen values, asked of the tables. Each number is a sum over intervals."""
