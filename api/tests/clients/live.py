"""Python's gql, unmodified: sign in, ask, subscribe, see a change, complete, come back, be refused."""

import asyncio
import os

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

URL = os.environ["DESK_URL"]
SOCKET_URL = URL.replace("http", "ws", 1)
AUTHORIZATION = f"Bearer {os.environ['DESK_TOKEN']}"

SIGN_IN = gql(
    "mutation($email: String!, $password: String!)"
    " { signIn(input: { email: $email, password: $password }) { user { name } } }"
)
VIEWER = gql("{ viewer { user { name } } }")
CURSOR = gql("{ tickets(first: 1) { streamCursor } }")
CREATE = gql("mutation($subject: String!) { createTicket(input: { subject: $subject, body: \"b\" }) { cursor } }")
LIVE = gql("subscription($after: Cursor) { queueUpdates(after: $after) { kind cursor ticket { subject } } }")


def given(document, **variables):
    document.variable_values = variables
    return document


def socket(token=AUTHORIZATION):
    # gql 4 offers the older protocol first and looks for the answer in a header whose name it takes
    # letter by letter; offered this one alone, it needs no answer.
    transport = WebsocketsTransport(
        url=SOCKET_URL,
        init_payload={"authorization": token},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    return Client(transport=transport)


async def sign_in():
    # aiohttp keeps cookies of host names only.
    transport = AIOHTTPTransport(url=URL.replace("127.0.0.1", "localhost"))
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        credentials = {"email": os.environ["DESK_EMAIL"], "password": os.environ["DESK_PASSWORD"]}
        await session.execute(given(SIGN_IN, **credentials))
        assert (await session.execute(VIEWER))["viewer"]["user"]["name"] == "ada"


async def live():
    async with socket() as session:
        assert (await session.execute(VIEWER))["viewer"]["user"]["name"] == "ada"
        try:
            await session.execute(gql("{ nonsense }"))
            raise AssertionError("a field that does not exist was answered")
        except TransportQueryError as error:
            assert error.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        after = (await session.execute(CURSOR))["tickets"]["streamCursor"]
        await session.execute(given(CREATE, subject="Live"))
        async for item in session.subscribe(given(LIVE, after=after)):
            seen = item["queueUpdates"]
            assert (seen["kind"], seen["ticket"]["subject"]) == ("ENTER", "Live")
            break
        await session.execute(given(CREATE, subject="Away"))
    # Another connection, later: first what was missed, once, then what happens.
    async with socket() as session:
        subjects = []
        async for item in session.subscribe(given(LIVE, after=seen["cursor"])):
            subjects.append(item["queueUpdates"]["ticket"]["subject"])
            if len(subjects) == 1:
                await session.execute(given(CREATE, subject="Back"))
            else:
                break
        assert subjects == ["Away", "Back"], subjects


async def refused():
    try:
        async with socket("Bearer dwt_nonsense") as session:
            await session.execute(VIEWER)
    except TransportConnectionFailed as error:
        assert error.__cause__.code == 4403 or "4403" in str(error.__cause__), repr(error.__cause__)
        return
    raise AssertionError("a token that does not hold was taken")


for step in (sign_in, live, refused):
    asyncio.run(asyncio.wait_for(step(), 60))
    print(step.__name__)
