"""LoadCredential: what the unit's user could not read itself reaches the daemon, and only the daemon."""

from __future__ import annotations

from systemd.service import Service

AWS_FILE = "[default]\naws_access_key_id = AKIDOFAFILE\naws_secret_access_key = a-secret-of-a-file\n"
SECRET = "a-password-of-kafkas"  # noqa: S105 - nobody's
TOPIC = """
[[topic]]
name = "readings"
brokers = "127.0.0.1:9"
handler = "{handler}"
[topic.client]
"security.protocol" = "SASL_PLAINTEXT"
"sasl.mechanism" = "PLAIN"
"sasl.username" = "punctuald"
"sasl.password" = {{ file = "/run/credentials/punctuald.service/kafka" }}
"""


def test_aws_credentials_come_from_a_file_that_root_alone_can_read(service: Service) -> None:
    service.configure()
    service.box.write("/etc/punctuald/environment", "AWS_EC2_METADATA_DISABLED=true\n")
    service.box.write("/etc/punctuald/aws", AWS_FILE, mode=0o600)
    service.drop_in("LoadCredential=aws:/etc/punctuald/aws\nEnvironment=AWS_SHARED_CREDENTIALS_FILE=%d/aws")
    service.start()
    service.wait_done(service.send(5))
    assert service.left() == (0, 0)
    assert "a-secret-of-a-file" not in service.told()
    assert service.box.call("setpriv", "--reuid", "punctuald", "--clear-groups", "cat", "/etc/punctuald/aws").returncode


def test_a_secret_of_a_topic_comes_from_a_credential(service: Service) -> None:
    service.configure()
    module = f"work_{service.queue[-8:]}:handle"
    with_topic = service.config_text() + TOPIC.format(handler=module)
    service.write_config(with_topic)
    service.box.write("/etc/punctuald/kafka", SECRET, mode=0o600)
    service.drop_in("LoadCredential=kafka:/etc/punctuald/kafka")
    service.start()
    service.wait_done(service.send(5))
    assert SECRET not in service.told()
    assert service.box.call(
        "setpriv", "--reuid", "punctuald", "--clear-groups", "cat", "/etc/punctuald/kafka"
    ).returncode


def test_a_credential_that_is_not_there_is_said_by_its_path(service: Service) -> None:
    service.configure()
    service.write_config(service.config_text() + TOPIC.format(handler=f"work_{service.queue[-8:]}:handle"))
    assert service.box.call("systemctl", "start", service.unit).returncode != 0
    assert service.show("ExecMainStatus") == "78"
    assert "/run/credentials/punctuald.service/kafka" in service.show("StatusText")
