"""The commands in the documentation do what the pages say, and the pages name everything there is."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.scenarios.fixtures import StartServer
from tests.scenarios.server import Server, environment

from opentill.api.endpoints import ENDPOINTS, LABORATORY

LAST_LINE = (
    "Any other sk_test_ key opens an empty account of its own. Stop with Ctrl-C; the next start continues from here.\n"
)
ROOT = Path(__file__).resolve().parents[2]


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def answers(text: str) -> list[dict[str, object]]:
    """The JSON objects that commands printed, one after another."""
    decoder = json.JSONDecoder()
    found: list[dict[str, object]] = []
    at = 0
    while (at := text.find("{", at)) != -1:
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def shell(script: str) -> str:
    """What a script prints; it fails at the first command that does."""
    finished = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_the_readme_takes_a_first_payment(server: Server) -> None:
    script = next(block for block in blocks("README.md", "sh") if "process_payment_intent" in block)
    assert "http://127.0.0.1:8420" in script
    reader, presented, captured = answers(shell(script.replace("http://127.0.0.1:8420", server.address)))
    assert reader["action"]["status"] == "in_progress"  # type: ignore[index]
    assert presented["action"]["status"] == "succeeded"  # type: ignore[index]
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1000)


def test_the_readme_pays_from_python(server: Server) -> None:
    (script,) = blocks("README.md", "python")
    script = script.replace("http://127.0.0.1:8420", server.address)
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=False
    )
    assert (finished.stdout, finished.stderr) == ("succeeded\n", "")


def test_the_greeting_takes_a_first_payment(tmp_path: Path) -> None:
    """The lines that `opentill up` prints, with the key it made itself."""
    command = [sys.executable, "-m", "opentill.cli", "up", "--port", "0", "--data-dir", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout is not None
            greeting = "".join(iter(process.stdout.readline, LAST_LINE))
            captured = answers(shell(greeting[greeting.index("  export OPENTILL") :]))[-1]
        finally:
            process.terminate()
        assert process.wait() == 0
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1000)


def test_3d_secure_is_passed_from_the_command_line(server: Server, tmp_path: Path) -> None:
    (script,) = blocks("docs/3d-secure.md", "sh")
    back = shell(f"cd {tmp_path}\n" + script.replace("http://127.0.0.1:8420", server.address))
    assert back.startswith("https://example.com/back?payment_intent=pi_")
    assert back.endswith("&redirect_status=succeeded\n")


def test_the_checkout_page_saves_a_card_and_charges_it(server: Server, tmp_path: Path) -> None:
    script = "\n".join([f"cd {tmp_path}", *blocks("docs/checkout.md", "sh")])
    paid, session = answers(shell(script.replace("http://127.0.0.1:8420", server.address)))
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 1099)
    assert (session["status"], session["amount_total"], session["customer"]) == ("open", 1099, paid["customer"])


def test_lost_answers_as_the_testing_page_loses_them(private_server: StartServer) -> None:
    server = private_server()
    faults = next(block for block in blocks("docs/testing.md", "sh") if "lost_answer" in block)
    key = "sk_test_documentation"
    pay = (
        "-d amount=1000 -d currency=usd -d payment_method=pm_card_visa -d confirm=true -d 'payment_method_types[]=card'"
    )
    script = (
        f"export OPENTILL={server.address} KEY={key}\n{faults}\ncurl -s $OPENTILL/v1/payment_intents -u $KEY: {pay}"
    )
    refused = answers(shell(script))[-1]["error"]
    assert refused["code"] == "processing_error"  # type: ignore[index]
    assert refused["payment_intent"]["status"] == "requires_confirmation"  # type: ignore[index]


def test_the_coverage_page_names_every_endpoint() -> None:
    page = (ROOT / "docs" / "api-coverage.md").read_text()
    listed = set(re.findall(r"`(GET|POST|DELETE) (/[^` ]+)`", page))
    served = {(endpoint.method, re.sub(r"{[^}]*}", "{id}", endpoint.path)) for endpoint in (*ENDPOINTS, *LABORATORY)}
    assert listed - {("GET", "/healthz"), ("GET", "/openapi.json")} == served
