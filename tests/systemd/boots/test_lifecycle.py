"""What the unit promises of a start, a reload and a stop."""

from __future__ import annotations

from systemd.service import SLOW, Service


def test_it_is_ready_only_when_a_worker_has_had_an_answer_from_its_queue(service: Service) -> None:
    service.configure(queue={"endpoint_url": "http://127.0.0.1:9"})
    service.box.run("systemctl", "start", "--no-block", service.unit)
    service.wait_for("queue.unavailable")
    assert (service.show("ActiveState"), service.show("SubState")) == ("activating", "start")
    service.configure()
    service.kill("HUP")
    service.wait_until(lambda: service.show("ActiveState") == "active", "the unit to be active")
    assert service.events("process.ready", role="worker")


def test_a_reload_keeps_messages_flowing(service: Service) -> None:
    service.configure(pool={"min_workers": 2, "max_workers": 2})
    service.start()
    before = service.pid
    ids = service.send(100)
    service.reload()
    ids += service.send(100)
    service.wait_for("reload.completed")
    service.wait_done(ids)
    assert (service.pid, service.show("ActiveState"), service.show("NRestarts")) == (before, "active", "0")
    assert service.left() == (0, 0)


def test_a_bad_configuration_at_a_reload_keeps_the_old_one_and_systemctl_status_says_why(service: Service) -> None:
    service.configure()
    service.start()
    service.write_config('[[queue]]\nname = "orders"\nhandler = "work:handle"\nwait_secs = 3\n')
    service.reload()
    service.wait_for("reload.refused")
    service.wait_until(lambda: "refused" in service.show("StatusText"), "the status line to say so")
    status = service.box.run("systemctl", "status", "--no-pager", service.unit)
    assert "Active: active (running)" in status
    assert "Status: " in status
    assert "wait_secs" in service.show("StatusText")
    service.wait_done(service.send(10))


def test_a_stop_loses_no_message(service: Service) -> None:
    service.configure(SLOW, pool={"slots": 4})
    service.start()
    ids = service.send(30)
    service.wait_until(lambda: service.left()[1] > 0, "some messages in flight")
    service.stop()
    assert (service.show("Result"), service.show("ExecMainStatus")) == ("success", "0")
    done = service.done()
    assert service.left() == (len(ids) - len(done), 0)
    service.start()
    service.wait_done(ids)
    assert len(service.events("message.done")) == len(ids)
    assert service.left() == (0, 0)


def test_a_wrong_configuration_is_not_started_again(service: Service) -> None:
    service.write_config("nonsense")
    refused = service.box.call("systemctl", "start", service.unit)
    assert refused.returncode != 0
    assert (service.show("ExecMainStatus"), service.show("NRestarts")) == ("78", "0")
    assert service.show("ActiveState") == "failed"
    assert "config.toml" in service.show("StatusText")
