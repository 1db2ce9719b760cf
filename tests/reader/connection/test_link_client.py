"""The reader's end of the link: it opens, hears, speaks, and comes back from anything."""

import asyncio
import datetime as dt
import ipaddress
import random
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace as changed
from tests.gateway.link_server import CARD_KEY, PATIENCE_S, PATIENT, FakeDesk, run, server, until
from tests.reader.connection.link_scripts import CHALLENGE, QUICK, WELCOME, Peer, Script, client, scripted, well

from opentill.link import messages
from opentill.link.messages import (
    Ack,
    Assigned,
    Command,
    Heartbeat,
    Hello,
    Pair,
    PairingCode,
    Refused,
    State,
    Sync,
)
from opentill.reader.connection.client import OUTBOX_MAX, LinkClient, Machine, Patience, link_url, pause_bounds
from opentill.reader.connection.identity import generate
from opentill.reader.connection.network import Network
from opentill.reader.device.events import LinkDown, Received

NO_PATIENCE = Patience(opening_s=0.1, silence_s=0.05, pause_s=0.01, pause_max_s=0.02, settled_s=0.0)


# With the real server ---------------------------------------------------------------------------------------------


def test_a_link_is_opened_and_used() -> None:
    async def scenario() -> None:
        (desk := FakeDesk()).register("A1")
        async with server(desk) as running, client(running.url) as reader:
            welcome = await reader.up()
            assert welcome.assignment is not None
            assert welcome.assignment.reader == "tmr_A1"
            assert (reader.client.state, reader.client.card_key) == ("online", CARD_KEY)
            assert reader.client.send(Pair())
            assert (await reader.received(PairingCode)).code == "quick-brown-fox"
            desk.register("A1", "Till 2")
            running.gateway.nudge("A1")
            assert (await reader.received(Assigned)).assignment is not None
            assert await reader.received(State) == State(action=None, phase="idle")

    run(scenario())


def test_messages_arrive_in_the_order_they_were_sent() -> None:
    async def scenario() -> None:
        desk = FakeDesk(committed={f"act_{number}" for number in range(80)})
        desk.register("A1")
        async with server(desk) as running, client(running.url) as reader:
            await reader.up()
            for number in range(80):
                assert reader.client.send(Sync(action=f"act_{number}"))
            answers = [(await reader.received(State)).about for _ in range(80)]
            assert answers == [f"act_{number}" for number in range(80)]

    run(scenario())


def test_nothing_is_sent_without_a_link() -> None:
    async def scenario() -> None:
        async with server() as running, client(running.url) as reader:
            assert not reader.client.send(Pair())
            await reader.up()
            await running.kill()
            await reader.down()
            assert not reader.client.send(Pair())

    run(scenario())


@pytest.mark.parametrize("told", [True, False], ids=["stopped", "killed"])
def test_fifty_readers_come_back_when_the_server_restarts(told: bool) -> None:
    async def scenario() -> None:
        desk = FakeDesk()
        tills = [desk.register(f"A{number}") for number in range(50)]
        async with asyncio.TaskGroup() as group, server(desk) as first:
            ended = asyncio.Event()
            ups = asyncio.Queue[str]()

            async def reader(serial: str) -> None:
                async with client(first.url, serial) as one:
                    await one.up()
                    ups.put_nowait(serial)
                    await one.down()
                    welcome = await one.up()
                    assert welcome.assignment is not None
                    ups.put_nowait(serial)
                    await ended.wait()

            for till in tills:
                group.create_task(reader(till.serial_number))
            assert len({await ups.get() for _ in tills}) == 50
            await (first.stop() if told else first.kill())
            async with server(desk, PATIENT, first.port) as second:
                assert len({await ups.get() for _ in tills}) == 50
                assert second.gateway.links == 50
                ended.set()

    run(scenario())


def test_two_devices_with_one_identity_do_not_chase_each_other() -> None:
    """Each has to be given up for a while once the other came; the pause is a long one."""

    async def scenario() -> None:
        identity = generate()
        async with server() as running, client(running.url, identity=identity) as one:
            await one.up()
            async with client(running.url, identity=identity) as two:
                await two.up()
                assert (await one.received(Refused)).code == "replaced"
                await one.down()
                await until(lambda: one.drawn[-1] == (QUICK.pause_max_s / 2, QUICK.pause_max_s))

    run(scenario())


# Breaks -----------------------------------------------------------------------------------------------------------


async def before_challenge(peer: Peer) -> None:
    await peer.hear()
    await peer.stall("hello")


async def before_welcome(peer: Peer) -> None:
    await peer.hear()
    await peer.say(CHALLENGE)
    await peer.hear()
    await peer.stall("proof")


async def after_welcome(peer: Peer) -> None:
    await peer.welcome()
    await peer.stall("welcome")


async def amid_messages(peer: Peer) -> None:
    await peer.welcome()
    await peer.say(Command(id="cmd_1", action=None, task=None))
    await peer.hear()
    await peer.stall("command")


PHASES = [before_challenge, before_welcome, after_welcome, amid_messages]


@pytest.mark.parametrize("script", PHASES)
def test_the_network_is_pulled_in_every_phase(script: Script) -> None:
    """The server hears no goodbye, nothing connects while it is down, and the reader is back when it is up."""

    async def scenario() -> None:
        network = Network()
        patience = Patience(pause_s=0.01, pause_max_s=0.05, settled_s=60)
        async with scripted(script, well) as (url, phases), client(url, network=network, patience=patience) as reader:
            if script is amid_messages:
                await reader.up()
                await reader.received(Command)
                reader.client.send(Ack(command="cmd_1"))
            await phases.get()
            network.set("down")
            assert await phases.get() == "closed 1006"
            assert reader.client.state == "offline"
            assert not reader.client.send(Pair())
            network.set("up")
            if script in (after_welcome, amid_messages):
                await reader.down()
            await reader.up()
            assert reader.client.state == "online"

    run(scenario())


def test_a_network_that_was_down_from_the_beginning() -> None:
    async def scenario() -> None:
        network = Network()
        network.set("down")
        async with server() as running, client(running.url, network=network) as reader:
            await until(lambda: reader.client.state == "offline")
            assert running.gateway.links == 0
            network.set("up")
            await reader.up()

    run(scenario())


def test_a_network_that_goes_up_and_down() -> None:
    async def scenario() -> None:
        network = Network()
        async with server() as running, client(running.url, network=network) as reader:
            for _ in range(5):
                network.set("down")
                network.set("up")
                network.set("down")
                network.set("up")
                await reader.up()
                network.set("down")
                await reader.down()
            await until(lambda: running.gateway.links == 0)

    run(scenario())


def test_a_slow_network_delays_every_message() -> None:
    """Five messages until the second state: hello, challenge, proof, welcome; sync and its answer."""

    async def scenario() -> None:
        network = Network()
        network.set("slow", 0.03)
        async with server() as running, client(running.url, network=network) as reader:
            began = time.monotonic()
            await reader.up()
            assert time.monotonic() - began >= 4 * 0.03 * 0.9
            began = time.monotonic()
            reader.client.send(Sync(action=None))
            await reader.received(State)
            assert time.monotonic() - began >= 2 * 0.03 * 0.9
            network.set("up")
            assert network.delay_s == 0

    run(scenario())


def test_a_server_that_does_not_answer_heartbeats() -> None:
    async def deaf(peer: Peer) -> None:
        await peer.welcome(changed(WELCOME, heartbeat_s=0))
        assert isinstance(await peer.hear(), Heartbeat)
        await peer.stall("beaten")

    async def scenario() -> None:
        async with scripted(deaf, well) as (url, phases), client(url) as reader:
            await reader.up()
            assert await phases.get() == "beaten"
            assert await phases.get() == "closed 1006"
            await reader.down()
            await reader.up()

    run(scenario())


def test_heartbeats_go_on_and_are_not_told() -> None:
    async def counting(peer: Peer) -> None:
        await peer.welcome(changed(WELCOME, heartbeat_s=0))
        for _ in range(5):
            assert isinstance(await peer.hear(), Heartbeat)
            await peer.say(Heartbeat(time=1))
        await peer.stall("five")

    async def scenario() -> None:
        async with scripted(counting) as (url, phases), client(url, patience=Patience()) as reader:
            await reader.up()
            assert await phases.get() == "five"
            assert len(reader.events) == 2

    run(scenario())


@pytest.mark.parametrize("script", PHASES[:2])
def test_an_opening_that_hangs_is_given_up(script: Script) -> None:
    async def scenario() -> None:
        async with scripted(script, well) as (url, _), client(url, patience=NO_PATIENCE) as reader:
            await reader.up()

    run(scenario())


async def says_nothing_of_sense(peer: Peer) -> None:
    await peer.say("nonsense")
    await peer.stall("said")


async def welcomes_without_a_challenge(peer: Peer) -> None:
    await peer.hear()
    await peer.say(WELCOME)
    await peer.stall("said")


async def challenges_twice(peer: Peer) -> None:
    await peer.welcome()
    await peer.say(CHALLENGE)
    await peer.stall("said")


async def speaks_a_newer_language(peer: Peer) -> None:
    await peer.welcome()
    await peer.say('{"type":"reboot"}')
    await peer.stall("said")


async def sends_too_much(peer: Peer) -> None:
    await peer.welcome()
    await peer.say("x" * (messages.FRAME_MAX + 1))
    await peer.stall("said")


async def sends_bytes(peer: Peer) -> None:
    await peer.welcome()
    await peer.say(b"\xff\x00")
    await peer.stall("said")


@pytest.mark.parametrize(
    "script",
    [
        says_nothing_of_sense,
        welcomes_without_a_challenge,
        challenges_twice,
        speaks_a_newer_language,
        sends_too_much,
        sends_bytes,
    ],
)
def test_a_server_that_talks_nonsense_is_left_and_tried_again(script: Script) -> None:
    async def scenario() -> None:
        async with scripted(script, well) as (url, phases), client(url) as reader:
            assert await phases.get() == "said"
            assert (await phases.get()).startswith("closed")
            if reader.events:
                await reader.down()
            await reader.up()

    run(scenario())


def test_what_is_no_such_server() -> None:
    """Something answers there, in HTTP."""

    async def scenario() -> None:
        async with server() as running, client(f"{running.url}/elsewhere") as reader:
            await until(lambda: len(reader.drawn) > 3)
            assert reader.events == []

    run(scenario())


@pytest.mark.parametrize("welcomed", [True, False])
def test_a_refusal_is_told(welcomed: bool) -> None:
    refusal = Refused(code="shutting_down", message="Back soon.")

    async def refusing(peer: Peer) -> None:
        if welcomed:
            await peer.welcome()
        else:
            await peer.hear()
        await peer.say(refusal)

    async def scenario() -> None:
        async with scripted(refusing, well) as (url, _), client(url) as reader:
            if welcomed:
                await reader.up()
            assert await reader.received(Refused) == refusal
            if welcomed:
                assert await reader.next() == LinkDown()
            await reader.up()

    run(scenario())


def test_a_refusal_for_good_is_asked_about_seldom() -> None:
    async def refusing(peer: Peer) -> None:
        assert isinstance(await peer.hear(), Hello)
        await peer.say(Refused(code="unsupported_version", message="Too new.", retry=False))

    async def scenario() -> None:
        async with scripted(refusing) as (url, _), client(url) as reader:
            await reader.received(Refused)
            await until(lambda: reader.drawn)
            assert reader.drawn == [(QUICK.refused_s / 2, QUICK.refused_s)]

    run(scenario())


def test_a_server_that_does_not_read_is_given_up() -> None:
    async def deaf(peer: Peer) -> None:
        await peer.welcome()
        peer.connection.transport.pause_reading()
        await peer.stall("deaf")

    async def scenario() -> None:
        async with scripted(deaf, well) as (url, phases), client(url) as reader:
            await reader.up()
            await phases.get()
            big = Ack(command="x" * 300_000)
            for _ in range(OUTBOX_MAX):
                assert reader.client.send(big)
            await until(lambda: not reader.client.send(big))
            await reader.down()
            await reader.up()

    run(scenario())


# Pauses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("down_s", "refusal", "bounds"),
    [
        (0.0, None, (0, 0.5)),
        (0.4, None, (0, 0.5)),
        (3.0, None, (0, 3.0)),
        (3600.0, None, (0, 30.0)),
        (0.0, ("shutting_down", True), (0, 2.0)),
        (3.0, ("shutting_down", True), (0, 3.0)),
        (0.0, ("replaced", True), (15.0, 30.0)),
        (0.0, ("bad_proof", True), (0, 0.5)),
        (0.0, ("unsupported_version", False), (150.0, 300.0)),
        (3600.0, ("identity_mismatch", False), (150.0, 300.0)),
    ],
)
def test_how_long_pauses_are(down_s: float, refusal: tuple[Any, bool] | None, bounds: tuple[float, float]) -> None:
    refused = refusal and Refused(code=refusal[0], message="", retry=refusal[1])
    assert pause_bounds(down_s, refused, Patience()) == bounds


def test_a_thousand_readers_are_back_after_as_long_as_the_server_was_away() -> None:
    """And while it is away, each tries a few times only."""
    draw = random.Random(3)
    for away_s in (0.5, 2.0, 8.0, 30.0):
        tries: list[int] = []
        for _ in range(1000):
            now, tried = 0.0, 0
            while now < away_s:
                now += draw.uniform(*pause_bounds(now, None, Patience()))
                tried += 1
            assert now <= away_s + max(0.5, away_s)
            tries.append(tried)
        assert sum(tries) / len(tries) < 15


def test_a_link_that_lasted_ends_the_outage() -> None:
    async def brief(peer: Peer) -> None:
        await peer.welcome()

    async def bounds(settled_s: float) -> list[float]:
        """The upper bounds of the pauses between links that break at once."""
        patience = Patience(settled_s=settled_s, pause_s=0.0)
        async with scripted(brief) as (url, _), client(url, patience=patience, draw=lambda low, _: low) as one:
            for _ in range(4):
                await one.up()
                await one.down()
            await until(lambda: len([drawn for drawn in one.drawn if drawn[0] == 0]) >= 4)
            return [high for low, high in one.drawn if low == 0]

    async def scenario() -> None:
        assert set(await bounds(settled_s=0)) == {0.0}
        growing = await bounds(settled_s=60)
        assert growing == sorted(growing)
        assert growing[-1] > 0

    run(scenario())


def test_a_server_that_is_not_there() -> None:
    async def scenario() -> None:
        async with client("http://127.0.0.1:1") as reader:
            assert reader.client.state == "connecting"
            await until(lambda: len(reader.drawn) >= 3)
            assert (reader.client.state, reader.events) == ("offline", [])

    run(scenario())


def test_a_network_that_comes_back_ends_the_pause() -> None:
    async def scenario() -> None:
        network = Network()
        patience = Patience(pause_s=1000, pause_max_s=1000)
        async with scripted(after_welcome, well) as (url, _), client(url, network=network, patience=patience) as reader:
            await reader.up()
            network.set("down")
            await reader.down()
            network.set("up")
            await reader.up()

    run(scenario())


# Addresses and TLS ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("http://127.0.0.1:8420", "ws://127.0.0.1:8420/opentill/reader-link"),
        ("https://till.example.com", "wss://till.example.com/opentill/reader-link"),
        ("https://till.example.com/", "wss://till.example.com/opentill/reader-link"),
        ("wss://till.example.com/pay/", "wss://till.example.com/pay/opentill/reader-link"),
        ("ws://[::1]:8420", "ws://[::1]:8420/opentill/reader-link"),
    ],
)
def test_the_address_of_the_link(server: str, url: str) -> None:
    assert link_url(server) == url


@pytest.mark.parametrize(
    "server",
    ["", "till.example.com", "ftp://till.example.com", "http://", "http://me:secret@till.example.com", "http://x/?a=b",
     "http://x:notaport", "http://x/#a"],
)  # fmt: skip
def test_what_is_no_address(server: str) -> None:
    with pytest.raises(ValueError, match=r"address|Port|port"):
        LinkClient(server, Machine("A1", "stripe_s700", "1"), generate(), lambda _: None)


def _certificate(directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a certificate of its own making, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "till")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    return serving, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())


def test_over_tls_the_server_must_be_who_it_is(tmp_path: Path) -> None:
    serving, trusting = _certificate(tmp_path)

    async def scenario() -> None:
        async with scripted(well, tls=serving) as (url, _):
            async with client(url, tls=trusting) as reader:
                await reader.up()
                reader.client.send(Heartbeat(time=1))
            async with client(url) as reader:  # which trusts those whom the machine trusts
                await until(lambda: len(reader.drawn) > 2)
                assert reader.events == []

    run(scenario())


def test_the_loop_of_python_does_as_well() -> None:
    async def scenario() -> None:
        async with server() as running, client(running.url) as reader:
            await reader.up()
            await running.kill()
            async with asyncio.timeout(PATIENCE_S):
                await reader.down()
            assert not any(isinstance(event, Received) for event in reader.events[2:])

    run(scenario(), uv=False)
