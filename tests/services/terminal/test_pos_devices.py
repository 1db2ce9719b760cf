"""SDKs and readers with a device: connected, told of what changes, and asked for cards in two steps."""

from typing import Any

import pytest
from tests.services.terminal.counter import CANADA, Counter
from tests.services.terminal.devices_world import World
from tests.services.terminal.sdk import Sdk

from opentill.link.tasks import Refund, Setup
from opentill.requests.params import Params
from opentill.requests.terminal import actions
from opentill.requests.terminal import pos as requests
from opentill.requests.terminal.readers import CreateConnectionToken
from opentill.services.kinds import CONNECTION_TOKENS, DEVICES, POS_SESSIONS
from opentill.services.terminal import connection_tokens, links, reader_actions
from opentill.services.terminal.connection_tokens import hash_secret
from opentill.services.terminal.pos import commands, connecting, discovery, two_steps

HOUR = 3600
INTERAC: dict[str, Any] = {"currency": "cad", "dedicated_file_name": "A0000002771010", "verification": "online_pin"}


@pytest.fixture
def sdk(counter: Counter) -> Sdk:
    """An SDK that is connected to the counter's reader."""
    sdk = Sdk(counter.world, "first")
    sdk.connect(counter.reader)
    return sdk


def show_cart(sdk: Sdk, reader: str) -> Any:
    line = {"amount": "5", "description": "Tea", "quantity": "1"}
    cart = {"currency": "usd", "total": "5", "line_items": {"0": line}}
    return sdk.call(commands.set_reader_display, actions.SetReaderDisplay, reader, type="cart", cart=cart)


# Who has the reader ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fail_if_in_use", ["false", "true"])
def test_a_card_that_is_being_charged(counter: Counter, sdk: Sdk, fail_if_in_use: str) -> None:
    """It is in use, and a takeover lets the payment be made."""
    counter.world.authorizing(counter.shown())
    other = Sdk(counter.world, "second")
    answer = other.connect(counter.reader, fail_if_in_use=fail_if_in_use)
    if fail_if_in_use == "true":
        assert answer == "terminal_reader_in_use"
        assert sdk.phase(counter.reader) == "working"
    else:
        assert sdk.phase(counter.reader) == "terminal_reader_taken_over"
        assert other.phase(counter.reader) == "working"
        assert show_cart(other, counter.reader) == "terminal_reader_busy"
        assert other.call(commands.cancel_action, Params, counter.reader) == "terminal_reader_busy"


def test_a_reader_that_is_silent(counter: Counter, sdk: Sdk) -> None:
    other = Sdk(counter.world, "second")
    counter.world.pass_time(121)
    assert other.connect(counter.reader) == "terminal_reader_offline"
    assert sdk.phase(counter.reader) == "idle"  # nothing was changed
    found = other.call(discovery.list_all, requests.DiscoverReaders).items
    assert [(reader.id, reader.status) for reader in found] == [(counter.reader, "offline")]


def test_a_session_that_is_over_has_nothing(counter: Counter, sdk: Sdk) -> None:
    show_cart(sdk, counter.reader)
    other = Sdk(counter.world, "second")
    assert other.in_use(counter.reader)
    counter.world.pass_time(12 * HOUR)
    counter.world.seen(counter.world.run(counter.world.store.get(DEVICES, "", counter.device)).value)
    late = Sdk(counter.world, "third")
    assert late.phase(counter.reader) == "terminal_reader_not_connected"
    assert late.connect(counter.reader, fail_if_in_use="true").action is None
    assert counter.state().phase == "idle"
    assert sdk.connect(counter.reader) == "pos_session_expired"


def test_a_server_cancels_what_a_session_left(counter: Counter, sdk: Sdk) -> None:
    show_cart(sdk, counter.reader)
    counter.world.pass_time(12 * HOUR)
    assert counter.act(reader_actions.cancel_action, Params).action is None


def test_a_reader_that_is_registered_elsewhere(counter: Counter, sdk: Sdk) -> None:
    world = counter.world
    device = world.run(world.store.get(DEVICES, "", counter.device)).value
    moved = world.register(world.code(device), location=world.location().id)
    assert sdk.phase(counter.reader) == sdk.phase(moved.id) == "terminal_reader_not_connected"
    scoped = Sdk(world, "scoped", counter.location.id)
    assert scoped.connect(moved.id) == "resource_missing"
    assert sdk.connect(moved.id).id == moved.id


def test_what_is_over_is_forgotten(one_world: World) -> None:
    made = one_world.call(connection_tokens.create, CreateConnectionToken)
    sdk = Sdk(one_world, "first")
    session = sdk.caller.session or ""

    def kept() -> tuple[int, bool]:
        tokens = one_world.run(one_world.store.find(CONNECTION_TOKENS, "hash", hash_secret(made.secret)))
        return len(tokens), one_world.run(one_world.store.get(POS_SESSIONS, one_world.acct, session)) is not None

    assert kept() == (1, True)
    one_world.pass_time(2 * HOUR)
    assert kept() == (0, True)
    one_world.pass_time(22 * HOUR - 1)
    assert kept() == (0, True)  # it is over, and may be continued
    one_world.pass_time(1)
    assert kept() == (0, False)


# What the device is told ----------------------------------------------------------------------------------------------


def test_the_device_hears_of_a_takeover(counter: Counter, sdk: Sdk) -> None:
    show_cart(sdk, counter.reader)
    assert counter.state().phase == "showing"
    commands_before = len(counter.readers.commands)
    counter.readers.nudged.clear()
    Sdk(counter.world, "second").connect(counter.reader)
    assert set(counter.readers.nudged) == {counter.device}
    assert len(counter.readers.commands) == commands_before  # connecting waits for no device
    assert counter.state().phase == "idle"


def test_settings_reach_the_device(counter: Counter, sdk: Sdk) -> None:
    counter.readers.nudged.clear()
    speakers = {"enable_text_to_speech_speakers": "true"}
    changed = sdk.call(
        connecting.change_settings, requests.ChangeReaderSettings, counter.reader, accessibility_parameters=speakers
    )
    assert changed.accessibility_settings.text_to_speech_status == "speakers"
    assert counter.readers.nudged == [counter.device]
    assignment = counter.world.run(links.assignment(counter.world.system, counter.device))
    assert assignment.settings.speech == "speakers"


# Two steps ------------------------------------------------------------------------------------------------------------


def collect_setup(sdk: Sdk, counter: Counter) -> dict[str, str]:
    intent = counter.setup_intent()
    named = {"setup_intent": intent, "client_secret": counter.setup(intent).client_secret}
    handler = two_steps.collect_setup_intent_payment_method
    sdk.call(handler, requests.CollectForSetup, counter.reader, **named, allow_redisplay="always")
    assert counter.readers.commands[-1].task == Setup(currency="usd")
    return named


def test_a_card_is_saved_in_two_steps(counter: Counter, sdk: Sdk) -> None:
    named = collect_setup(sdk, counter)
    state = counter.insert(total=0)
    assert (state.phase, state.task, state.result) == ("collected", None, None)
    assert counter.setup(named["setup_intent"]).status == "requires_confirmation"
    counter.readers.nudged.clear()
    done = sdk.call(two_steps.confirm_setup_intent, requests.ConfirmSetupIntent, counter.reader, **named)
    assert done.action.status == "succeeded"
    assert counter.device in counter.readers.nudged
    ended = counter.state()
    assert ended.result is not None
    assert (ended.phase, ended.result.succeeded) == ("ended", True)
    assert counter.setup(named["setup_intent"]).status == "succeeded"


def test_a_card_in_a_device_is_held_for_30_seconds(counter: Counter, sdk: Sdk) -> None:
    named = collect_setup(sdk, counter)
    counter.tap(total=0)
    counter.world.pass_time(20)
    assert counter.state().phase == "collected"
    counter.world.pass_time(11)
    assert (counter.state().phase, counter.shown().action) == ("idle", None)
    assert counter.setup(named["setup_intent"]).status == "requires_payment_method"
    answer = sdk.call(two_steps.confirm_setup_intent, requests.ConfirmSetupIntent, counter.reader, **named)
    assert answer == "intent_invalid_state"


def test_money_is_given_back_in_two_steps(devices_world: World) -> None:
    counter = Counter(devices_world, address=CANADA)
    sdk = Sdk(devices_world, "first")
    sdk.connect(counter.reader)
    intent = counter.intent(2000, "cad", payment_method_types=["interac_present"], capture_method="automatic")
    counter.process(intent)
    counter.insert("interac", total=2000, pin="1234", **INTERAC)
    (charge,) = counter.charges(intent)
    asked = {"charge": charge.id, "amount": "500", "currency": "cad"}
    sdk.call(two_steps.collect_refund_payment_method, requests.CollectForRefund, counter.reader, **asked)
    assert counter.readers.commands[-1].task == Refund(amount=500, currency="cad")
    assert counter.insert("interac", total=500, **INTERAC).phase == "collected"
    done = sdk.call(two_steps.process_refund, Params, counter.reader)
    assert done.action.status == "succeeded"
    ended = counter.state()
    assert ended.result is not None
    assert (ended.phase, ended.result.succeeded, ended.result.amount) == ("ended", True, 500)
    assert counter.charges(intent)[0].amount_refunded == 500
