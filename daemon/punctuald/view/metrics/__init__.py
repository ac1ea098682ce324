"""The daemon's figures as Prometheus reads them. Only the observer imports this: it stands on `prometheus_client`."""
