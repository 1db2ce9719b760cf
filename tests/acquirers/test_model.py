"""Any order of messages, repeated at will: the host agrees with a model of a few lines."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.acquirers.acquirer_messages import MovableClock, authorization, follow_up, perform, said

from opentill.acquirers.simulator import SimulatedAcquirer
from opentill.ports.acquirer import AttemptRequest, Operation

amounts = st.sampled_from([0, 1, 400, 500, 1000, 3000])
attempts = st.sampled_from([f"x_{number}" for number in range(6)])
originals = st.sampled_from(["at_1", "at_2"])
operations: st.SearchStrategy[Operation] = st.sampled_from(["increment", "capture", "reverse", "refund"])
messages: st.SearchStrategy[AttemptRequest] = st.one_of(
    st.builds(authorization, originals, st.just(1000)),
    st.builds(follow_up, attempts, operations, amounts, originals),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=25))
def test_money_is_conserved_and_answers_do_not_change(sent: list[AttemptRequest]) -> None:
    with TemporaryDirectory() as directory:
        acquirer = SimulatedAcquirer(Path(directory) / "acquirer.sqlite3", MovableClock())
        answers: dict[str, tuple[AttemptRequest, object]] = {}
        for request in sent:
            answer = perform(acquirer, request)
            before = answers.setdefault(request.attempt_id, (request, answer))
            if before[0] == request:
                assert answer == before[1]

        approved = {
            attempt: (request, said(answer))
            for attempt, (request, answer) in answers.items()
            if isinstance(said(answer), int)
        }
        for attempt, holding in acquirer.holdings().items():
            own = [request for request, _ in approved.values() if request.original == attempt]

            def total(operation: str, own: list[AttemptRequest] = own) -> int:
                return sum(request.amount for request in own if request.operation == operation)

            hold = holding.hold
            assert hold.authorized == 1000 + total("increment")
            assert hold.captured == total("capture")
            assert hold.refunded == total("refund")
            assert hold.refunded <= hold.captured <= 2 * hold.authorized + 5000
            assert hold.reversed + hold.held <= hold.authorized
        acquirer.close()
