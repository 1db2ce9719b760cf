"""Card numbers presented or keyed in at a reader are found nowhere afterwards, right ones and wrong ones."""

import secrets
from collections.abc import Iterable
from typing import Any

from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.shop import Response
from tests.scenarios.test_card_numbers_stay_hidden import NUMBERS, found, in_sqlite
from tests.scenarios.till import Till


def use_cards(till: Till) -> Iterable[Response]:
    """Card numbers by every way there is into a reader; what was answered."""
    reader = f"/v1/terminal/readers/{till.reader.id}"
    present = f"/v1/test_helpers/terminal/readers/{till.reader.id}/present_payment_method"

    def post(path: str, form: Any) -> Response:
        return till.shop.request("POST", path, form, {"Idempotency-Key": secrets.token_hex(8)})

    for number in NUMBERS:
        keyed = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "737"}
        for form in ({"card_present": {"number": number}}, {"interac_present": {"number": number}}):
            till.process(till.sale(1000, "card_present", "interac_present"))
            yield post(present, form)
        till.process(till.sale(1000, "card", "card_present"), moto=True)
        yield post(present, {"type": "card", "card": keyed | {"cvc": number}})
        yield post(present, {"type": "card", "card": keyed})
        till.collect(till.sale())
        yield post(present, {"card_present": {"number": number, number: "1"}})
        yield post(present, {"card_present": number})
        yield post(present, {"type": number})
        yield post(present, {"amount_tip": number})
        yield post(present, {"card_present": {"number": f"{number[:4]} {number[4:]}"}})
        yield post(f"{reader}/process_payment_intent", {"payment_intent": number})
        yield post(f"{reader}/process_payment_intent", {"payment_intent": "pi_1", "process_config": {number: "1"}})
        yield post(f"{reader}/set_reader_display", {"type": number})
        yield post("/v1/terminal/readers", {"registration_code": number})
        yield post("/v1/terminal/readers", {"registration_code": "simulated-wpe", "location": number})
        yield post("/v1/terminal/connection_tokens", {"location": number})
        yield till.shop.request("GET", f"/v1/terminal/readers/{number}")
        yield till.shop.request("GET", f"/v1/terminal/readers?device_type={number}")
    yield till.shop.request("GET", "/v1/terminal/readers?limit=100")
    yield till.shop.request("GET", "/v1/events?limit=100")


def test_no_number_from_a_reader_is_found_anywhere(private_server: StartServer, open_shop: OpenShop) -> None:
    server = private_server()
    answers = list(use_cards(Till(open_shop(server))))
    assert sum(answer.status == 200 for answer in answers) > len(NUMBERS)
    assert max(answer.status for answer in answers) < 500
    leaks = [leak for answer in answers for leak in found(f"an answer ({answer.status})", answer.body)]
    server.stop()
    files = [path for path in server.data_directory.rglob("*") if path.is_file()]
    leaks += [leak for path in files for leak in found(path.name, path.read_bytes())]
    leaks += [leak for where, content in in_sqlite(server.data_directory) for leak in found(where, content)]
    leaks += found("the log", "".join(server.log).encode())
    assert not leaks, "\n".join(sorted(set(leaks)))
