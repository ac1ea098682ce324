"""The floor: receive ten, delete ten, on one bare socket, and nothing else: `floor.py ENDPOINT_URL QUEUE_URL`.

No pure-Python consumer can be cheaper: it signs (SigV4, with the day's key kept), parses with orjson, and has no
dispatch, no leases, no statistics, no error handling. What it lacks is what a daemon is for.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import ssl
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import orjson

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "test", "test"
RECEIVE, DELETE = "AmazonSQS.ReceiveMessage", "AmazonSQS.DeleteMessageBatch"
SIGNED_HEADERS = "content-type;host;x-amz-date;x-amz-target"
CONTENT_TYPE = "application/x-amz-json-1.0"
OK = b"HTTP/1.1 200 "
LENGTH = b"content-length: "
CHUNK = 262_144


class BareClient:
    """One connection, one request at a time; with a ``ca_file`` over TLS."""

    def __init__(self, host: str, port: int, ca_file: str | None = None) -> None:
        self._host = f"{host}:{port}"
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca_file is not None:
            self._socket = ssl.create_default_context(cafile=ca_file).wrap_socket(self._socket, server_hostname=host)
        self._day, self._key = "", b""

    def call(self, target: str, content: bytes) -> dict[str, Any]:
        """Send, and return the parsed answer."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: {CONTENT_TYPE}\r\nX-Amz-Date: {now}\r\n"
            f"X-Amz-Target: {target}\r\nAuthorization: {self._authorization(target, content, now)}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + content)
        answer: dict[str, Any] = orjson.loads(self._read())
        return answer

    def _read(self) -> bytes:
        data = self._socket.recv(CHUNK)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        if not data.startswith(OK):
            sys.exit(data.decode(errors="replace"))
        begin = data[:end].lower().index(LENGTH) + len(LENGTH)
        size = end + 4 + int(data[begin : data.index(b"\r", begin)])
        while len(data) < size:
            data += self._more()
        return data[end + 4 :]

    def _more(self) -> bytes:
        data = self._socket.recv(CHUNK)
        if not data:
            sys.exit("the server has closed the connection")
        return data

    def _authorization(self, target: str, content: bytes, now: str) -> str:
        """AWS Signature Version 4 (docs.aws.amazon.com, "Create a signed AWS API request")."""
        day = now[:8]
        if day != self._day:
            self._day, self._key = day, _signing_key(day)
        scope = f"{day}/{REGION}/sqs/aws4_request"
        canonical = (
            f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{self._host}\nx-amz-date:{now}\nx-amz-target:{target}\n\n"
            f"{SIGNED_HEADERS}\n{hashlib.sha256(content).hexdigest()}"
        )
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key, text.encode(), "sha256").hex()
        credential = f"Credential={ACCESS_KEY}/{scope}"
        return f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={SIGNED_HEADERS}, Signature={signature}"


def _signing_key(day: str) -> bytes:
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (day, REGION, "sqs", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def main(endpoint_url: str, queue_url: str) -> None:
    """Until killed."""
    address = urlsplit(endpoint_url)
    ca_file = os.environ["AWS_CA_BUNDLE"] if address.scheme == "https" else None
    client = BareClient(str(address.hostname), address.port or 0, ca_file)
    receive = orjson.dumps(
        {
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 20,
            "MessageSystemAttributeNames": ["SentTimestamp", "ApproximateReceiveCount"],
        }
    )
    while True:
        messages = client.call(RECEIVE, receive).get("Messages")
        if messages:
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)
            ]
            client.call(DELETE, orjson.dumps({"QueueUrl": queue_url, "Entries": entries}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
