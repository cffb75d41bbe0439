"""The Python reference of DIMP on real sockets: its own client (package `dimples`).

  socket_peer.py account HOME NAME            makes an account in HOME, prints its ID
  socket_peer.py client HOME ID HOST PORT     logs in; then one JSON request a line, and one JSON line for each thing
                                              that happens

Requests of the client:  {"op": "send", "to": ID, "text": …}   {"op": "ask", "about": ID}   {"op": "end"}
What it tells:           {"state": …}   {"from": ID, "content": {…}}   {"sent": true | false}
"""

import asyncio
import builtins
import json
import os
import sys

# The reference writes its log to standard output; ours is for the answers alone.
ANSWERS = os.fdopen(os.dup(1), 'w')
sys.stdout = sys.stderr


def tell(answer):
    ANSWERS.write(json.dumps(answer) + '\n')
    ANSWERS.flush()


def configured(home):
    """A configuration file with all folders below home."""
    os.makedirs(home, exist_ok=True)
    path = os.path.join(home, 'config.ini')
    lines = ['[database]'] + ['%s = %s' % (name, os.path.join(home, name)) for name in ('public', 'protected', 'private')]
    with open(path, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    return path


async def load(home):
    from dimples.utils import Config
    config = Config()
    await config.load(path=configured(home))
    return config


async def make_account(home, name):
    from dimsdk import EntityType
    from dimples.register.shared import GlobalVariable, create_account
    shared = GlobalVariable()
    await shared.prepare(config=await load(home))
    account = create_account(network=EntityType.USER, database=shared.adb)
    # What its command asks on a terminal: a name, a picture.
    answers = iter([name, ''])
    builtins.input = lambda _question='': next(answers)
    account.generate(network=EntityType.USER, version='4', seed=None)
    await account.update_document()
    tell({'id': str(account.identifier)})


async def run_client(home, identifier, host, port):
    from dimsdk import Command, ID
    from dimax.protocol import DocumentCommand, TextContent
    from dimples.client import ClientMessenger, ClientMessageProcessor, Terminal
    from dimples.common import Station
    from dimples.edge.shared import GlobalVariable
    shared = GlobalVariable()
    await shared.prepare(config=await load(home))
    await shared.login(current_user=ID.parse(identifier=identifier))

    class Processor(ClientMessageProcessor):
        async def process_content(self, content, r_msg):
            if not isinstance(content, Command) or content.cmd not in ('handshake',):
                tell({'from': str(r_msg.sender), 'content': json.loads(json.dumps(content.copy_map(), default=str))})
            return await super().process_content(content=content, r_msg=r_msg)

    class Client(Terminal):
        def _create_messenger(self, facebook, session):
            messenger = ClientMessenger(session=session, facebook=facebook, database=shared.mdb)
            shared.messenger = messenger
            return messenger

        def _create_processor(self, facebook, messenger):
            return Processor(facebook=facebook, messenger=messenger)

        async def exit_state(self, state, ctx, now):
            await super().exit_state(state, ctx, now)
            tell({'state': str(ctx.current_state)})

    client = Client(facebook=shared.facebook, database=shared.sdb)
    messenger = await client.connect(host=host, port=int(port))
    asyncio.get_running_loop().create_task(client.run())
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        request = json.loads(line) if line.strip() != '' else {'op': 'end'}
        if request['op'] == 'end':
            os._exit(0)
        if request['op'] == 'send':
            content, receiver = TextContent.create(text=request['text']), ID.parse(identifier=request['to'])
        else:
            content = DocumentCommand.query(identifier=ID.parse(identifier=request['about']))
            receiver = Station.ANY
        _, sent = await messenger.send_content(sender=None, receiver=receiver, content=content)
        tell({'sent': sent is not None})


ROLES = {'account': make_account, 'client': run_client}
asyncio.run(ROLES[sys.argv[1]](*sys.argv[2:]))
