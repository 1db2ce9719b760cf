"""The commands of the guides "Connect to a reader" and "Collect card payments", pasted with the host changed."""

import json
import subprocess
from typing import Any

from tests.scenarios.fixtures import StartServer
from tests.scenarios.server import Server

HOST = "https://api.stripe.com"
KEY = "sk_test_BQokikJOvBiI2HlWgH4olfQ2"

REGISTER = r"""curl https://api.stripe.com/v1/terminal/readers \
  -u "sk_test_BQokikJOvBiI2HlWgH4olfQ2:" \
  -d registration_code={{READER_REGISTRATION_CODE}} \
  --data-urlencode label="Alice's reader" \
  -d location={{LOCATION_ID}}"""
LIST = r"""curl https://api.stripe.com/v1/terminal/readers \
  -u sk_test_BQokikJOvBiI2HlWgH4olfQ2:"""
CREATE = r"""curl https://api.stripe.com/v1/payment_intents \
  -u sk_test_BQokikJOvBiI2HlWgH4olfQ2: \
  -d "amount"=1000 \
  -d "currency"="usd" \
  -d "payment_method_types[]"="card_present" \
  -d "capture_method"="manual" """
CAPTURE = r"""curl -X POST https://api.stripe.com/v1/payment_intents/{{PAYMENT_INTENT_ID}}/capture \
  -u "sk_test_BQokikJOvBiI2HlWgH4olfQ2:" """
# The rest of the server-driven guide.
LOCATION = r"""curl https://api.stripe.com/v1/terminal/locations \
  -u "sk_test_BQokikJOvBiI2HlWgH4olfQ2:" \
  -d "display_name"="HQ" \
  -d "address[line1]"="1272 Valencia Street" \
  -d "address[city]"="San Francisco" \
  -d "address[state]"="CA" \
  -d "address[country]"="US" \
  -d "address[postal_code]"="94110" """
PROCESS = r"""curl -X POST https://api.stripe.com/v1/terminal/readers/{{READER_ID}}/process_payment_intent \
  -u sk_test_BQokikJOvBiI2HlWgH4olfQ2: \
  -d payment_intent={{PAYMENT_INTENT_ID}}"""
PRESENT = r"""curl -X POST \
  https://api.stripe.com/v1/test_helpers/terminal/readers/{{READER_ID}}/present_payment_method \
  -u sk_test_BQokikJOvBiI2HlWgH4olfQ2: """
TOKEN = r"""curl -X POST https://api.stripe.com/v1/terminal/connection_tokens \
  -u sk_test_BQokikJOvBiI2HlWgH4olfQ2: """


def paste(server: Server, command: str, **placeholders: str) -> Any:
    """What the command prints."""
    for name, value in placeholders.items():
        command = command.replace("{{" + name + "}}", value)
    assert "{{" not in command
    command = command.replace(HOST, server.address)
    finished = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_the_guides_from_the_location_to_the_capture(private_server: StartServer) -> None:
    server = private_server()
    location = paste(server, LOCATION)["id"]
    reader = paste(server, REGISTER, READER_REGISTRATION_CODE="simulated-s700", LOCATION_ID=location)
    assert (reader["label"], reader["location"]) == ("Alice's reader", location)
    assert reader["device_type"] == "simulated_stripe_s700"
    assert [each["id"] for each in paste(server, LIST)["data"]] == [reader["id"]]
    intent = paste(server, CREATE)
    assert (intent["status"], intent["payment_method_types"]) == ("requires_payment_method", ["card_present"])
    ids = {"READER_ID": reader["id"], "PAYMENT_INTENT_ID": intent["id"]}
    assert paste(server, PROCESS, **ids)["action"]["status"] == "in_progress"
    assert paste(server, PRESENT, READER_ID=reader["id"])["action"]["status"] == "succeeded"
    captured = paste(server, CAPTURE, PAYMENT_INTENT_ID=intent["id"])
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1000)
    assert paste(server, TOKEN)["secret"].startswith("pst_test_")
