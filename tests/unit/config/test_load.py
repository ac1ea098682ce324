"""From a file and the environment to settings, or to the whole list of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from punctuald.config import QueueSettings, Settings, load
from punctuald.config.renamed import NEW_NAMES
from punctuald.errors import ConfigurationError

QUEUE = '[[queue]]\nname = "orders"\nhandler = "shop:handle"\n'
VISIBILITY = '"auto" or a whole number, 1 to 43200 seconds'
PROJECT = Path(__file__).parents[3]

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def errors_of(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ)
    return str(caught.value).replace(str(path), path.name).splitlines()


def test_a_queue_with_a_handler_is_all_that_must_be_given(write: Write) -> None:
    settings = load(write(QUEUE), {})
    assert settings == Settings(queues=(QueueSettings(name="orders", handler="shop:handle"),))
    assert (settings.pool.max_workers, settings.queues[0].visibility_seconds) == (8, "auto")


def test_the_default_tiers_are_peak_batch_and_off_hours(write: Write) -> None:
    tiers = load(write(QUEUE), {}).sla.tiers
    assert [(tier.name, tier.threshold_seconds, tier.starts, tier.ends) for tier in tiers] == [
        ("peak_hours", 3, time(8), time(20)),
        ("batch_mode", 60, time(0), time(6)),
        ("off_hours", 10, None, None),
    ]


def test_the_example_file_says_the_defaults() -> None:
    queue = QueueSettings(name="telemetry", handler="punctuald.demo.telemetry:handle")
    assert load(PROJECT / "config.toml", {}) == Settings(queues=(queue,))


def test_all_errors_come_at_once_each_with_key_line_and_what_is_allowed(write: Write) -> None:
    path = write(
        '[pool]\nmax_workers = 0\nslots = "4"\nmin_wokers = 2\n'
        '[[queue]]\nname = "orders"\nwait_seconds = 21\nvisibility_seconds = "soon"\ntier = "peek_hours"\n'
        '[[queue]]\nname = "orders"\nhandler = "shop"\n'
    )
    assert errors_of(path) == [
        "config.toml:2: pool.max_workers: 0 is too small: 1 to 512",
        'config.toml:3: pool.slots: "4" is not allowed: a whole number, 1 to 256',
        'config.toml:4: pool.min_wokers: unknown setting; did you mean "min_workers"?',
        "config.toml:5: queue[0].handler: is required: module:function, or package.module:object.attribute",
        "config.toml:7: queue[0].wait_seconds: 21 is too large: 0 to 20 seconds",
        f'config.toml:8: queue[0].visibility_seconds: "soon" is not allowed: {VISIBILITY}',
        'config.toml:9: queue[0].tier: no tier is named "peek_hours"; did you mean "peak_hours"?',
        'config.toml:11: queue[1].name: "orders" is the name of queue[0] already',
        'config.toml:12: queue[1].handler: "shop" is not allowed: module:function, or package.module:object.attribute',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "config.toml: queue: is required: at least one [[queue]], [[topic]] or [[stream]]"),
        ("queue = []", "config.toml:1: queue: is required: at least one [[queue]], [[topic]] or [[stream]]"),
        ("[[queues]]\n", 'config.toml:1: queues: unknown setting; did you mean "queue"?'),
        ("queue = 3", "config.toml:1: queue: 3 is not allowed: at least one [[queue]]"),
        ("pool = 3\n" + QUEUE, "config.toml:1: pool: 3 is not allowed: a table"),
        ("[pool]\npreload = 1\n" + QUEUE, "config.toml:2: pool.preload: 1 is not allowed: true or false"),
        ("[pool]\nslots = true\n" + QUEUE, "config.toml:2: pool.slots: true is not allowed: a whole number, 1 to 256"),
        (
            "[pool]\nmin_workers = 9\n" + QUEUE,
            "config.toml:1: pool.max_workers: 8 is less than pool.min_workers, which is 9",
        ),
        (
            "[pool]\nheartbeat_timeout_seconds = 4\n" + QUEUE,
            "config.toml:2: pool.heartbeat_timeout_seconds: 4 is too small: 5 to 3600 seconds",
        ),
        (
            "[pool]\nbackoff_max_seconds = 0.1\n" + QUEUE,
            "config.toml:2: pool.backoff_max_seconds: 0.1 is less than pool.backoff_initial_seconds, which is 0.5",
        ),
        (
            "[scaling]\ncpu_limit = nan\n" + QUEUE,
            "config.toml:2: scaling.cpu_limit: NaN is not allowed: a number, 0.05 to 1",
        ),
        (
            '[logging]\nlevel = "loud"\n' + QUEUE,
            'config.toml:2: logging.level: "loud" is not allowed: "debug", "info", "warning" or "error"',
        ),
        (
            QUEUE + "retry_max_seconds = 0.5\n",
            "config.toml:4: queue[0].retry_max_seconds: 0.5 is less than retry_initial_seconds, which is 1",
        ),
        (
            QUEUE + 'url = "sqs.amazonaws.com"\n',
            'config.toml:4: queue[0].url: "sqs.amazonaws.com" is not allowed: an http(s) URL, or empty',
        ),
        (
            QUEUE + "queues = 1\n" + "zzzz = 1\n",
            "config.toml:4: queue[0].queues: unknown setting; there are: name, tier, handler",
        ),
    ],
)
def test_an_error_says_what_is_allowed(write: Write, text: str, expected: str) -> None:
    assert any(line.startswith(expected) for line in errors_of(write(text))), errors_of(write(text))


@pytest.mark.parametrize(("path", "now"), NEW_NAMES.items(), ids=str)
def test_a_settings_old_name_is_refused_with_the_new_one(write: Write, path: tuple[str, ...], now: str) -> None:
    section, old = path
    assert errors_of(write(f"{QUEUE}[{section}]\n{old} = 1\n")) == [
        f'config.toml:5: {section}.{old}: unknown setting: it is called "{now}" now'
    ]
    variable, renamed = (f"PUNCTUALD__{section}__{name}".upper() for name in (old, now))
    assert errors_of(write(QUEUE), **{variable: "1"}) == [f"{variable}: no such setting: it is called {renamed} now"]


def test_python_names_are_not_keys_of_the_file(write: Write) -> None:
    assert errors_of(write(QUEUE.replace("queue", "queues"))) == [
        'config.toml:1: queues: unknown setting; did you mean "queue"?',
        "config.toml: queue: is required: at least one [[queue]], [[topic]] or [[stream]]",
    ]


class TestUnreadableFiles:
    """Each is one clear line."""

    def test_a_missing_file_is_said_to_be_missing(self, tmp_path: Path) -> None:
        assert errors_of(tmp_path / "gone.toml") == ["gone.toml: No such file or directory"]

    def test_a_directory_is_said_to_be_one(self, tmp_path: Path) -> None:
        assert errors_of(tmp_path) == [f"{tmp_path.name}: Is a directory"]

    def test_what_is_no_toml_is_told_with_its_line(self, write: Write) -> None:
        (line,) = errors_of(write("[pool]\nslots 4\n"))
        assert line.startswith("config.toml:2: not valid TOML: ")

    def test_what_is_no_utf_8_is_told_with_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_bytes(b'[pool]\n# caf\xe9\nslots = "4"')
        assert errors_of(path) == ["config.toml:2: the file is not UTF-8 text"]

    def test_a_byte_order_mark_at_the_start_is_no_part_of_it(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_bytes(b"\xef\xbb\xbf[pool]\r\nslots = 0\r\n" + QUEUE.encode())
        assert errors_of(path) == ["config.toml:2: pool.slots: 0 is too small: 1 to 256"]
        assert load(path, {"PUNCTUALD__POOL__SLOTS": "7"}).pool.slots == 7

    def test_lists_nested_without_end_are_one_error(self, write: Write) -> None:
        (line,) = errors_of(write("a = " + "[" * 100_000))
        assert "nested" in line or "TOML" in line

    def test_lists_nested_as_deeply_as_tomli_bears_are_read(self, write: Write) -> None:
        assert any("a: unknown setting" in line for line in errors_of(write("a = " + "[" * 400 + "]" * 400)))


class TestOverrides:
    """The environment wins over the file."""

    def test_a_variable_sets_a_setting(self, write: Write) -> None:
        settings = load(
            write("[pool]\nmax_workers = 2\n" + QUEUE),
            {"PUNCTUALD__POOL__MAX_WORKERS": "4", "PUNCTUALD__POOL__PRELOAD": "true", "PATH": "/bin"},
        )
        assert (settings.pool.max_workers, settings.pool.preload) == (4, True)

    def test_entries_of_a_list_go_by_index(self, write: Write) -> None:
        environ = {
            "PUNCTUALD__QUEUE__0__WAIT_SECONDS": "5",
            "PUNCTUALD__QUEUE__1__NAME": "bills",
            "PUNCTUALD__QUEUE__1__HANDLER": "shop:bill",
        }
        queues = load(write(QUEUE), environ).queues
        assert [(queue.name, queue.wait_seconds) for queue in queues] == [("orders", 5), ("bills", 4)]

    def test_ten_queues_come_in_the_order_of_their_numbers(self, write: Write) -> None:
        environ = {f"PUNCTUALD__QUEUE__{n}": f'{{ name = "q{n}", handler = "a:b" }}' for n in range(12)}
        assert [queue.name for queue in load(write(""), environ).queues] == [f"q{n}" for n in range(12)]

    def test_a_default_tier_is_changed_and_the_others_stay(self, write: Write) -> None:
        tiers = load(write(QUEUE), {"PUNCTUALD__SLA__TIER__0__THRESHOLD_SECONDS": "5"}).sla.tiers
        assert [(tier.name, tier.threshold_seconds) for tier in tiers] == [
            ("peak_hours", 5),
            ("batch_mode", 60),
            ("off_hours", 10),
        ]
        assert load(write(QUEUE), {}).sla.tiers[0].threshold_seconds == 3

    @pytest.mark.parametrize("written", ["123", '"123"', "true", "", "1979-05-27"])
    def test_text_need_not_be_quoted(self, write: Write, written: str) -> None:
        settings = load(write(QUEUE), {"PUNCTUALD__QUEUE__0__EVENT_TIME_FIELD": written})
        assert settings.queues[0].event_time_field == written.strip('"')

    def test_a_union_takes_either_kind(self, write: Write) -> None:
        name = "PUNCTUALD__QUEUE__0__VISIBILITY_SECONDS"
        assert load(write(QUEUE), {name: "40"}).queues[0].visibility_seconds == 40
        assert load(write(QUEUE), {name: "auto"}).queues[0].visibility_seconds == "auto"

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("POOL__SLOTS", "0", "PUNCTUALD__POOL__SLOTS: pool.slots: 0 is too small: 1 to 256"),
            (
                "POOL__SLOTS",
                "many",
                'PUNCTUALD__POOL__SLOTS: pool.slots: "many" is not allowed: a whole number, 1 to 256',
            ),
            ("POOL", "{ slots = 0 }", "PUNCTUALD__POOL: pool.slots: 0 is too small: 1 to 256"),
            ("POLL__SLOTS", "1", "PUNCTUALD__POLL__SLOTS: no such setting; did you mean PUNCTUALD__POOL__SLOTS?"),
            ("POOL__SLOT", "1", "PUNCTUALD__POOL__SLOT: no such setting; did you mean PUNCTUALD__POOL__SLOTS?"),
            (
                "POOL__SLOTS__X",
                "1",
                "PUNCTUALD__POOL__SLOTS__X: no such setting; pool.slots: has no settings in it",
            ),
            (
                "QUEUE__FIRST__NAME",
                "x",
                "PUNCTUALD__QUEUE__FIRST__NAME: no such setting; queue: entries are numbered from 0",
            ),
            (
                "QUEUE__7__NAME",
                "x",
                "PUNCTUALD__QUEUE__7__NAME: queue has 1 entries: the next one is number 1",
            ),
            ("QUEUE__7", "{}", "PUNCTUALD__QUEUE__7: queue has 1 entries: the next one is number 1"),
        ],
    )
    def test_an_error_names_the_variable(self, write: Write, name: str, value: str, expected: str) -> None:
        assert errors_of(write(QUEUE), **{f"PUNCTUALD__{name}": value}) == [expected]

    @pytest.mark.parametrize(
        "written",
        [
            "PUNCTUALD_POOL__MAX_WORKERS",
            "PUNCTUALD_POOL_MAX_WORKERS",
            "PUNCTUALD___POOL__MAX_WORKERS",
            "Punctuald__Pool__Max_Workers",
        ],
    )
    def test_a_variable_that_would_be_passed_over_is_refused_with_the_right_name(
        self, write: Write, written: str
    ) -> None:
        (line,) = errors_of(write(QUEUE), **{written: "4"})
        assert line.startswith(f"{written}: ")
        assert line.endswith("; did you mean PUNCTUALD__POOL__MAX_WORKERS?")

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("PUNCTUALD__POOL_SLOTS", "PUNCTUALD__POOL__SLOTS"),
            ("PUNCTUALD__POOL__MAX__WORKERS", "PUNCTUALD__POOL__MAX_WORKERS"),
            ("PUNCTUALD__POOL___SLOTS", "PUNCTUALD__POOL__SLOTS"),
            ("PUNCTUALD_QUEUE_0_WAIT_SECONDS", "PUNCTUALD__QUEUE__0__WAIT_SECONDS"),
            ("PUNCTUALD_SLA_TIER_0__THRESHOLD_SECONDS", "PUNCTUALD__SLA__TIER__0__THRESHOLD_SECONDS"),
        ],
    )
    def test_underscores_too_few_or_too_many_get_a_hint(self, write: Write, written: str, meant: str) -> None:
        (line,) = errors_of(write(QUEUE), **{written: "4"})
        assert line.endswith(f"; did you mean {meant}?")

    @pytest.mark.parametrize(
        "name", ["PUNCTUALD_LEDGER", "PUNCTUALD_", "PUNCTUALD_POOL_PARTY", "PUNCTUALD_QUEUE_SERVICE_HOST"]
    )
    def test_variables_that_mean_no_setting_are_nobodys_business(self, write: Write, name: str) -> None:
        assert load(write(QUEUE), {name: "x"}) == load(write(QUEUE), {})

    def test_a_variable_that_matches_nothing_hears_what_there_is(self, write: Write) -> None:
        (line,) = errors_of(write(QUEUE), PUNCTUALD__ZZZ="1")
        assert line.startswith("PUNCTUALD__ZZZ: no such setting; there are: PUNCTUALD__POOL, PUNCTUALD__SCALING")

    def test_a_variable_for_a_file_of_another_shape_is_refused_and_the_shape_too(self, write: Write) -> None:
        lines = errors_of(write("pool = 3\n" + QUEUE), PUNCTUALD__POOL__SLOTS="1")
        assert lines == [
            "config.toml:1: pool: 3 is not allowed: a table",
            "PUNCTUALD__POOL__SLOTS: pool in the file is not a table",
        ]

    def test_errors_of_the_file_keep_their_lines(self, write: Write) -> None:
        lines = errors_of(write("[pool]\nslots = 0\n" + QUEUE), PUNCTUALD__POOL__MAX_WORKERS="0")
        assert sorted(lines, reverse=True) == [
            "config.toml:2: pool.slots: 0 is too small: 1 to 256",
            "PUNCTUALD__POOL__MAX_WORKERS: pool.max_workers: 0 is too small: 1 to 512",
        ]
