"""Registration codes, models and what they can do (terminal.md 1.3, 2)."""

from typing import get_args

import pytest

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.terminal_configuration import Configuration
from opentill.domain.objects.terminal_reader import DeviceType, Reader, ReaderStatus
from opentill.domain.terminal import devices


@pytest.mark.parametrize(
    ("code", "device_type"),
    [
        ("simulated-wpe", "simulated_wisepos_e"),
        ("simulated-s700", "simulated_stripe_s700"),
        ("simulated-s710", "simulated_stripe_s710"),
        ("simulated-v660p", "simulated_verifone_v660p"),
        ("simulated-t600", "simulated_stripe_t600"),
        ("simulated-p630", "simulated_verifone_p630"),
        ("simulated-ux700", "simulated_verifone_ux700"),
        ("simulated-m425", "simulated_verifone_m425"),
        ("  Simulated-WPE ", "simulated_wisepos_e"),
    ],
)
def test_a_simulated_code_makes_that_reader(code: str, device_type: str) -> None:
    device = devices.simulated_device(code, livemode=False)
    assert device is not None
    assert device.type == device_type
    assert device.simulated


@pytest.mark.parametrize("code", ["simulated", "simulated-wpe-2", "puppies-plug-could", ""])
def test_any_other_code_must_be_shown_by_a_reader(code: str) -> None:
    assert devices.simulated_device(code, livemode=False) is None


def test_the_refusal_of_a_code_names_the_simulated_ones_but_not_the_code() -> None:
    refusal = devices.unknown_registration_code(livemode=False)
    assert (refusal.code, refusal.param) == ("resource_missing", "registration_code")
    assert "simulated-wpe" in refusal.message
    assert "simulated-wpe" not in devices.unknown_registration_code(livemode=True).message


def test_no_simulated_readers_in_live_mode() -> None:
    with pytest.raises(InvalidRequest, match="only be registered in test mode"):
        devices.simulated_device("simulated-wpe", livemode=True)


def test_every_device_type_of_the_api_is_known_and_no_other() -> None:
    assert set(devices.DEVICES) == set(get_args(DeviceType))


def test_sections_are_those_of_the_configuration() -> None:
    sections = {device.section for device in devices.DEVICES.values()} - {None}
    assert sections <= set(Configuration.__struct_fields__)
    assert devices.DEVICES["verifone_P400"].section == "verifone_p400"  # capital P in one, small in the other


@pytest.mark.parametrize(
    ("device_type", "features"),
    [
        ("simulated_wisepos_e", {"payments", "cart", "inputs", "keyed_entry"}),
        ("simulated_stripe_s700", {"payments", "cart", "inputs", "keyed_entry"}),
        ("stripe_s710", {"payments", "cart", "inputs", "keyed_entry"}),
        ("simulated_verifone_v660p", {"payments", "printing"}),
        ("verifone_ux700", {"payments"}),
        ("verifone_P400", {"payments", "cart"}),
        ("stripe_m2", set[str]()),
        ("mobile_phone_reader", set[str]()),
    ],
)
def test_what_a_model_can_do(device_type: str, features: set[str]) -> None:
    assert devices.DEVICES[device_type].features == features


def test_a_reader_without_a_printer_says_so() -> None:
    devices.require("simulated_verifone_v660p", "printing", "print_content")
    with pytest.raises(InvalidRequest, match="simulated_wisepos_e does not support print_content"):
        devices.require("simulated_wisepos_e", "printing", "print_content")


def test_serial_number_of_a_simulated_reader() -> None:
    device = devices.DEVICES["simulated_wisepos_e"]
    assert devices.serial_number(device, "K3F09A2X7BD") == "simulated-wpe-k3f-09a-2x-7bd"
    assert len("K3F09A2X7BD") == devices.SERIAL_TAIL_LENGTH
    with pytest.raises(ValueError, match="factory"):
        devices.serial_number(devices.DEVICES["stripe_s700"], "K3F09A2X7BD")


@pytest.mark.parametrize(
    ("device_type", "silent_ms", "status"),
    [
        ("stripe_s700", 0, "online"),
        ("stripe_s700", 119_999, "online"),
        ("stripe_s700", 120_000, "offline"),
        ("stripe_s700", None, "offline"),
        ("simulated_stripe_s700", None, "online"),
        ("simulated_wisepos_e", 9_999_999, "online"),
        ("bbpos_chipper2x", 0, None),
        ("mobile_phone_reader", None, None),
    ],
)
def test_two_minutes_of_silence_is_offline(device_type: str, silent_ms: int | None, status: str | None) -> None:
    now_ms = 1_790_000_000_000
    seen = None if silent_ms is None else now_ms - silent_ms
    assert devices.status(device_type, seen, now_ms) == status


@pytest.mark.parametrize(
    ("status", "last_seen_at", "silent_on"),
    [
        ("online", 1_000_000, 1_120),
        ("online", 1_000_001, 1_121),  # the first whole second at which two minutes are over
        ("online", None, None),
        ("offline", 1_000_000, None),
        (None, 1_000_000, None),
    ],
)
def test_when_a_reader_falls_silent(
    status: ReaderStatus | None, last_seen_at: int | None, silent_on: int | None
) -> None:
    reader = Reader(
        id="tmr_1",
        device_type="stripe_s700",
        label="Till",
        last_seen_at=last_seen_at,
        livemode=False,
        serial_number="S700-1",
        status=status,
    )
    assert devices.silent_on(reader) == silent_on
    if silent_on is not None:
        assert devices.status("stripe_s700", last_seen_at, silent_on * 1000) == "offline"


def test_which_models_speak_to_the_server_by_themselves() -> None:
    assert {type for type in devices.DEVICES if devices.is_smart_reader(type)} == {
        *("bbpos_wisepos_e", "stripe_s700", "stripe_s710", "stripe_t600", "verifone_P400", "verifone_m425"),
        *("verifone_p630", "verifone_ux700", "verifone_v660p"),
    }
    assert not devices.is_smart_reader("toaster")
