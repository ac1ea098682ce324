"""Handlers that tests name as a configuration does; the folder of this file is their ``handler_path``."""

from __future__ import annotations

from punctuald import Message, Reject


def handle(message: Message) -> None:
    if "id" not in message.json():
        raise Reject("no id")


class Shop:
    @staticmethod
    def handle(message: Message) -> None:
        raise Reject(f"the shop is closed for {message.body}")
