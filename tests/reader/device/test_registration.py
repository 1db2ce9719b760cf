"""Starting, being registered, moved and deleted, the settings behind their passcode, and the daily restart."""

from datetime import UTC, datetime

import pytest
from tests.reader.device.rig import NOW_MS, SERIAL, Bench, assignment, payment, settings

from opentill.link.messages import Assigned, Pair, PairingCode, Picture, Refused, State, Sync
from opentill.reader.device.daily import local, seconds_until_restart
from opentill.reader.device.events import PictureReady


def code(bench: Bench, text: str = "quick-brown-fox", seconds: float = 600) -> None:
    bench.receive(PairingCode(code=text, expires=bench.now_ms + int(seconds * 1000)))


def test_a_registered_reader_starts_with_its_splash_screen() -> None:
    bench = Bench()
    assert (bench.screen.name, bench.screen.link) == ("starting", "connecting")
    bench.connect()
    assert (bench.screen.name, bench.screen.merchant, bench.screen.link) == ("splash", "Rocket Rides", "online")


def test_a_reader_without_a_network_says_so() -> None:
    bench = Bench()
    bench.advance(5)
    assert (bench.screen.name, bench.screen.link) == ("splash", "connecting")
    bench.advance(30)
    assert (bench.screen.heading, bench.screen.link) == ("No connection", "offline")
    bench.connect()
    assert (bench.screen.heading, bench.screen.link) == ("Welcome", "online")


def test_a_reader_out_of_its_box_shows_a_code_by_itself() -> None:
    bench = Bench(fresh=True).connect()
    assert bench.of(Pair) == [Pair()]
    assert (bench.screen.name, bench.screen.code) == ("pairing", None)
    code(bench)
    assert bench.screen.code == "quick-brown-fox"
    assert bench.screen.speak is not None
    assert "quick, brown, fox" in bench.screen.speak
    bench.assigned = assignment()
    bench.receive(Assigned(assignment=bench.assigned))
    assert bench.screen.name == "splash"
    assert bench.disk.assignment == bench.assigned
    assert bench.disk.pin_keys is not None


def test_a_code_is_renewed_when_it_expires_and_when_somebody_wants_another() -> None:
    bench = Bench(fresh=True).connect()
    code(bench, seconds=600)
    bench.advance(601)
    assert bench.of(Pair) == [Pair(), Pair()]
    assert bench.screen.code is None
    code(bench, "slow-red-dog")
    bench.press("new_code")
    assert bench.of(Pair) == [Pair()] * 3


def test_a_code_is_good_by_the_servers_clock() -> None:
    """A reader whose clock is an hour behind does not show a code for an hour longer."""
    bench = Bench(fresh=True).connect()
    bench.now_ms -= 3_600_000
    bench.cut()
    bench.connect()  # welcomed with the reader's own time, so both agree again
    code(bench, seconds=60)
    bench.advance(61)
    assert bench.screen.code is None


def test_too_many_codes() -> None:
    bench = Bench(fresh=True).connect()
    bench.receive(Refused(code="too_many_codes", message="wait"))
    bench.cut()
    bench.connect()
    assert bench.of(Pair) == [Pair()], "the reader does not ask again at once"
    assert "new_code" not in bench.buttons()
    bench.advance(61)
    assert bench.of(Pair) == [Pair(), Pair()]


def test_a_code_that_was_cut_off_is_asked_for_again() -> None:
    bench = Bench(fresh=True).connect()
    code(bench)
    bench.cut()
    assert bench.screen.code is None
    bench.connect()
    assert bench.of(Pair) == [Pair(), Pair()]


def test_a_deleted_reader_goes_back_to_its_pairing_screen() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.assigned = None
    bench.receive(Assigned(assignment=None))
    assert bench.screen.name == "pairing"
    assert bench.open == frozenset()
    assert (bench.disk.assignment, bench.disk.pin_keys) == (None, None)
    bench.power_on()
    bench.connect()
    assert bench.screen.name == "pairing"


def test_a_reader_that_moves_gives_up_what_it_did() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.assigned = assignment("tmr_2", merchant="Elsewhere", language="fr")
    bench.receive(Assigned(assignment=bench.assigned))
    assert (bench.screen.name, bench.screen.merchant, bench.screen.heading) == ("splash", "Elsewhere", "Bienvenue")


def test_settings_take_effect_at_once() -> None:
    bench = Bench().connect()
    changed = assignment(merchant="New name", language="ja")
    bench.receive(Assigned(assignment=changed))
    assert (bench.screen.merchant, bench.screen.language) == ("New name", "ja")
    assert bench.disk.assignment == changed


def picture(number: int, path: str = "/picture") -> Picture:
    return Picture(path=path, sha256=bytes([number]) * 32, size=1000)


def test_the_picture_of_the_splash_screen_is_shown_once_it_is_there() -> None:
    bench = Bench().connect()
    bench.receive(Assigned(assignment=assignment(splashscreen=picture(1))))
    assert bench.obtained == [picture(1)]
    assert bench.screen.image is None
    bench.feed(PictureReady(picture(1).sha256, "/one.png"))
    assert (bench.screen.name, bench.screen.image) == ("splash", "/one.png")
    bench.receive(Assigned(assignment=assignment(merchant="New name", splashscreen=picture(1))))
    assert (bench.screen.image, bench.obtained) == ("/one.png", [picture(1)])
    bench.receive(Assigned(assignment=assignment(splashscreen=picture(1, "/from-tomorrow-on"))))
    assert (bench.screen.image, bench.obtained[1:]) == ("/one.png", [picture(1, "/from-tomorrow-on")])


def test_another_picture_replaces_it_and_the_old_one_is_not_shown_for_it() -> None:
    bench = Bench().connect()
    bench.receive(Assigned(assignment=assignment(splashscreen=picture(1))))
    bench.feed(PictureReady(picture(1).sha256, "/one.png"))
    bench.receive(Assigned(assignment=assignment(splashscreen=picture(2))))
    assert bench.screen.image is None
    bench.feed(PictureReady(picture(1).sha256, "/one.png"))  # it was on its way
    assert bench.screen.image is None
    bench.feed(PictureReady(picture(2).sha256, "/two.png"))
    assert bench.screen.image == "/two.png"
    bench.receive(Assigned(assignment=assignment()))
    assert (bench.screen.image, bench.obtained[-1]) == (None, None)
    bench.receive(Assigned(assignment=None))
    assert bench.screen.name == "pairing"


def test_a_picture_does_not_disturb_a_payment() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.receive(Assigned(assignment=assignment(splashscreen=picture(1))))
    bench.feed(PictureReady(picture(1).sha256, "/one.png"))
    assert (bench.screen.name, bench.screen.image) == ("present_card", None)
    bench.command(None, None)
    assert bench.screen.image is None  # it says that it was canceled
    bench.advance(10)
    assert (bench.screen.name, bench.screen.image) == ("splash", "/one.png")


def test_the_picture_is_asked_for_when_the_reader_starts_without_a_network() -> None:
    bench = Bench(assigned=assignment(splashscreen=picture(1)))
    assert bench.obtained == [picture(1)]
    bench.feed(PictureReady(picture(1).sha256, "/one.png"))
    bench.advance(60)
    assert (bench.screen.link, bench.screen.image) == ("offline", "/one.png")


def test_settings_that_change_do_not_disturb_a_payment_and_keep_the_pin_keys() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    keys = bench.disk.pin_keys
    bench.receive(Assigned(assignment=assignment(merchant="New name")))
    assert (bench.screen.name, bench.screen.merchant) == ("present_card", "New name")
    assert bench.disk.pin_keys == keys


# Settings -------------------------------------------------------------------------------------------------------------


def test_the_settings_are_behind_a_passcode() -> None:
    bench = Bench().connect()
    bench.press("settings")
    bench.key(*"0713")
    assert bench.screen.field is not None
    assert (bench.screen.name, bench.screen.field.value) == ("passcode", "••••")
    bench.key("9")
    assert bench.screen.name == "settings"


def test_the_passcode_is_that_of_the_configuration() -> None:
    bench = Bench(assigned=assignment(passcode="12345")).connect()
    bench.press("settings")
    bench.key(*"07139")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "That is not the passcode."
    bench.key(*"12345")
    assert bench.screen.name == "settings"


def test_three_wrong_passcodes_lock_the_settings_for_a_minute() -> None:
    bench = Bench().connect()
    bench.press("settings")
    for _ in range(3):
        bench.key(*"11111")
    bench.key(*"07139")
    assert bench.screen.name == "passcode"
    bench.press("close")
    bench.press("settings")
    bench.key(*"07139")
    assert bench.screen.name == "passcode", "going out and in again does not help"
    bench.advance(61)
    bench.key(*"07139")
    assert bench.screen.name == "settings"


def test_what_the_settings_show() -> None:
    bench = Bench().connect()
    bench.press("settings")
    bench.key(*"07139")
    bench.press("about")
    assert [line.value for line in bench.screen.lines] == [
        SERIAL,
        "Reader S700",
        "2.44.1.0",
        "10.0.0.7",
        "Till 1",
        "Main street",
    ]
    bench.press("back")
    bench.press("network")
    assert bench.screen.lines[0].value == "Connected"
    bench.press("back")
    bench.press("diagnostics")
    assert bench.screen.name == "diagnostics"
    bench.press("back")
    bench.press("language")
    bench.press("language:de")
    assert bench.screen.heading == "Einstellungen"
    bench.press("close")
    assert bench.screen.heading == "Willkommen"


def test_a_registered_reader_shows_a_code_from_its_settings() -> None:
    bench = Bench("bbpos_wisepos_e").connect()
    bench.press("settings")
    bench.key(*"07139")
    bench.press("pair")
    code(bench)
    assert bench.screen.code == "quick-brown-fox"
    bench.press("back")
    assert bench.screen.name == "splash"


def test_a_p400_shows_its_code_when_0_7_1_3_9_is_keyed_in() -> None:
    bench = Bench("verifone_P400").connect()
    assert bench.buttons() == []
    bench.key(*"5507139")
    assert bench.screen.name == "pairing"
    assert bench.of(Pair) == [Pair()]
    bench.key(*"07139")
    assert bench.screen.name == "settings"


def test_other_models_do_not_listen_to_keys() -> None:
    bench = Bench("stripe_s700").connect()
    bench.key(*"07139")
    assert bench.screen.name == "splash"


def test_settings_that_are_left_open_close_and_the_server_is_asked_what_was_missed() -> None:
    bench = Bench().connect()
    bench.press("settings")
    bench.key(*"07139")
    assert bench.command("act_1", payment()) == "busy"
    bench.state("act_1", "waiting", task=payment())
    assert bench.screen.name == "settings"
    bench.advance(120)
    assert bench.screen.name == "splash"
    assert bench.of(Sync) == [Sync(action=None)]
    bench.state("act_1", "waiting", task=payment())
    assert bench.screen.name == "present_card"


def test_restart_from_the_settings() -> None:
    bench = Bench().connect()
    bench.press("settings")
    bench.key(*"07139")
    bench.press("restart")
    assert (bench.restarts, bench.screen.heading) == (1, "Restarting")


@pytest.mark.parametrize(
    ("refusal", "heading"),
    [
        ("unsupported_version", "Update needed"),
        ("bad_proof", "The server does not admit this reader"),
        ("identity_mismatch", "The server does not admit this reader"),
    ],
)
def test_a_server_that_does_not_take_the_reader(refusal: str, heading: str) -> None:
    bench = Bench()
    bench.receive(Refused(code=refusal, message="no", retry=False))  # type: ignore[arg-type]
    assert (bench.screen.name, bench.screen.heading) == ("notice", heading)
    bench.connect()
    assert bench.screen.name == "splash"


@pytest.mark.parametrize("refusal", ["shutting_down", "replaced", "bad_message"])
def test_a_server_that_goes_comes_back(refusal: str) -> None:
    bench = Bench().connect()
    bench.receive(Refused(code=refusal, message="later"))  # type: ignore[arg-type]
    assert bench.screen.name == "splash"


# The daily restart ----------------------------------------------------------------------------------------------------


def test_a_reader_restarts_every_night_when_it_is_idle() -> None:
    bench = Bench().connect()
    wait = bench.timers["restart"].due_ms - bench.now_ms
    assert 0 < wait <= 24 * 3600 * 1000
    bench.command("act_1", payment())
    bench.advance(wait / 1000 + 1)
    assert bench.restarts == 0, "not in the middle of a payment"
    bench.command(None, None)
    bench.advance(310)
    assert bench.restarts == 1


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(None, None, {0, 1, 2}), (4, 6, {4, 5}), (22, 2, {22, 23, 0, 1})],
)
def test_the_restart_is_in_its_window_by_local_time(start: int | None, end: int | None, hours: set[int]) -> None:
    there = settings(reboot_start_hour=start, reboot_end_hour=end, timezone="Asia/Tokyo")
    seen: set[int] = set()
    for number in range(60):
        wait = seconds_until_restart(NOW_MS, there, f"STRM26-{number}")
        assert 60 <= wait <= 24 * 3600 + 60
        seen.add(local(NOW_MS + int(wait * 1000), there).hour)
    assert seen == hours


def test_a_reader_does_not_restart_twice_in_a_night() -> None:
    wait = seconds_until_restart(NOW_MS, None, SERIAL)
    at = NOW_MS + int(wait * 1000)
    assert seconds_until_restart(at + 120_000, None, SERIAL) > 23 * 3600


def test_an_unknown_zone_is_utc() -> None:
    assert local(NOW_MS, settings(timezone="Mars/Olympus")) == datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert local(-(10**18), settings()).year == 1970


def test_a_welcome_without_a_state_is_asked_about() -> None:
    bench = Bench()
    bench.connect(State(action="act_9", phase="waiting", task=payment()))
    assert bench.screen.name == "present_card"
