"""The demo's, under the name that tests know."""

from punctuald.demo.kafka.mock_cluster import Api, MockCluster, MockClusterError, main

__all__ = ["Api", "MockCluster", "MockClusterError", "main"]

if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
