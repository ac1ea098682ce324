"""Which credentials requests are signed with: found by one chain of providers, for both transports."""
