"""Several daemons on one machine: instances of the template, beside one another and beside the unit itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from systemd.box import Box
from systemd.service import Service


@pytest.fixture
def orders(installed: Box, moto_endpoint: str) -> Iterator[Service]:
    """punctuald@orders, not started."""
    service = Service(installed, moto_endpoint, "punctuald@orders")
    yield service
    service.remove()


@pytest.fixture
def bills(installed: Box, moto_endpoint: str) -> Iterator[Service]:
    """punctuald@bills-eu: a name with what systemd escapes in paths."""
    service = Service(installed, moto_endpoint, "punctuald@bills-eu")
    yield service
    service.remove()


def is_found(service: Service) -> bool:
    """By who knows the configuration's path only, from outside of the unit."""
    return service.answers("wait", "--ready", "--timeout", "1", "-c", service.config)


def test_two_instances_work_side_by_side_and_beside_the_unit(service: Service, orders: Service, bills: Service) -> None:
    services = (service, orders, bills)
    for each in services:
        each.configure()
        each.start()
    ids = [each.send(10) for each in services]
    for each, sent in zip(services, ids, strict=True):
        each.wait_done(sent)
        assert each.done() == set(sent)
    assert [is_found(each) for each in services] == [True, True, True]
    assert len({each.show("ControlGroup") for each in services}) == 3
    directories = {each.show("StateDirectory") for each in services}
    assert directories == {"punctuald", "punctuald/orders", "punctuald/bills-eu"}


def test_whichever_is_stopped_the_others_are_found_as_before(service: Service, orders: Service) -> None:
    services = (service, orders)
    for each in services:
        each.configure()
        each.start()
    service.stop()
    assert [is_found(each) for each in services] == [False, True]
    orders.wait_done(orders.send(5))
    service.start()
    orders.stop()
    assert [is_found(each) for each in services] == [True, False]
    service.wait_done(service.send(5))


def test_an_instance_has_an_environment_of_its_own_on_top_of_the_common_one(orders: Service) -> None:
    orders.configure()
    orders.box.write(
        "/etc/punctuald/orders.environment", "PUNCTUALD__POOL__MIN_WORKERS=2\nPUNCTUALD__POOL__MAX_WORKERS=2\n"
    )
    orders.start()
    assert orders.wait_for("daemon.ready")["workers"] == 2
