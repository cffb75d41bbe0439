"""As reference.py, with the newest generation of the reference and as its stations load it."""

import asyncio
import json
import sys

from dimax import BaseVisa
from dimp import *
from dimples.common import MetaUtils
from dimples.common.compat import LibraryLoader
from dimples.common.compat.compressor import CompatibleCompressor
from dimsdk import *

LibraryLoader().run()

METAS, DOCUMENTS, SECRETS, VISA_SECRETS, MEMBERS = {}, {}, {}, {}, {}
READER = [None]


def bare(identifier):
    return str(ID.create(address=identifier.address, name=identifier.name))


def concrete(made):
    """Lets a class be made that leaves out what is not asked of it here."""
    made.__abstractmethods__ = frozenset()
    return made


class Identity(BaseUser):
    # The reference also asks the visa's RSA key, which takes every signature for right: the identity alone is asked here.
    async def verify(self, data, signature):
        return METAS[bare(self.identifier)].public_key.verify(data=data, signature=signature)


@concrete
class Entities(Barrack):
    def cache_user(self, user):
        pass

    def cache_group(self, group):
        pass

    def get_user(self, identifier):
        user = Identity(identifier=identifier)
        user.data_source = FACEBOOK
        return user

    def get_group(self, identifier):
        return None

    async def get_local_users(self):
        return [READER[0]]


@concrete
class Book(Facebook):
    barrack = Entities()

    async def get_meta(self, identifier):
        return METAS.get(bare(identifier))

    async def get_documents(self, identifier):
        return DOCUMENTS.get(bare(identifier), [])

    async def get_members(self, identifier):
        return MEMBERS.get(str(identifier), [])

    async def private_keys_for_decryption(self, identifier):
        keys = [VISA_SECRETS.get(bare(identifier)), SECRETS.get(bare(identifier))]
        return [key for key in keys if isinstance(key, DecryptKey)]

    async def private_key_for_signature(self, identifier):
        return SECRETS[bare(identifier)]

    async def private_key_for_visa_signature(self, identifier):
        return SECRETS[bare(identifier)]


@concrete
class Keys(CipherKeyDelegate):
    async def get_cipher_key(self, sender, receiver, generate=False):
        if receiver.is_broadcast:
            return SymmetricKey.parse(key={"algorithm": "PLAIN"})
        return SymmetricKey.generate(algorithm="AES") if generate else None

    async def cache_cipher_key(self, key, sender, receiver):
        pass


@concrete
class Post(Messenger):
    facebook = None
    packer = None
    processor = None
    cipher_key_delegate = Keys()
    compressor = CompatibleCompressor()


FACEBOOK = Book()
MESSENGER = Post()
MESSENGER.facebook = FACEBOOK
MESSENGER.packer = MessagePacker(facebook=FACEBOOK, messenger=MESSENGER)


async def know(request):
    identifier = ID.parse(identifier=request["id"])
    meta = Meta.parse(meta=request["meta"])
    if meta is None or not meta.is_valid or not MetaUtils.match_id(identifier=identifier, meta=meta):
        return {"refused": "meta"}
    METAS[bare(identifier)] = meta
    for info in request.get("documents", []):
        document = Document.parse(document=info)
        if document is None or not document.verify(public_key=meta.public_key):
            return {"refused": "document"}
        DOCUMENTS.setdefault(bare(identifier), []).append(document)
    if "secret" in request:
        SECRETS[bare(identifier)] = PrivateKey.parse(key=request["secret"])
    if "visaSecret" in request:
        VISA_SECRETS[bare(identifier)] = PrivateKey.parse(key=request["visaSecret"])
    return {"type": identifier.type}


async def create(request):
    algorithm = "RSA" if request.get("rsa") else "ECC"
    secret = PrivateKey.generate(algorithm=algorithm)
    meta = Meta.generate(version=request["type"], private_key=secret, seed=request.get("seed"))
    address = meta.generate_address(network=request["network"])
    identifier = ID.create(address=address, name=meta.seed)
    visa_secret = PrivateKey.generate(algorithm="RSA")
    visa = BaseVisa()
    visa.name = "made by the reference"
    visa.public_key = visa_secret.public_key
    visa.sign(private_key=secret)
    SECRETS[bare(identifier)], VISA_SECRETS[bare(identifier)] = secret, visa_secret
    METAS[bare(identifier)], DOCUMENTS[bare(identifier)] = meta, [visa]
    return {"id": str(identifier), "meta": meta.to_map(), "documents": [visa.to_map()]}


async def seal(request):
    content = Content.parse(content=request["content"])
    sender, receiver = ID.parse(identifier=request["sender"]), ID.parse(identifier=request["receiver"])
    envelope = Envelope.create(sender=sender, receiver=receiver)
    message = InstantMessage.create(head=envelope, body=content)
    MEMBERS[str(receiver)] = [ID.parse(identifier=member) for member in request.get("members", [])]
    secure = await MESSENGER.encrypt_message(msg=message)
    reliable = await MESSENGER.sign_message(msg=secure)
    data = await MESSENGER.serialize_message(msg=reliable)
    return {"class": type(content).__name__, "text": data.decode("utf-8")}


async def open_message(request):
    READER[0] = ID.parse(identifier=request["reader"])
    reliable = await MESSENGER.deserialize_message(data=request["message"].encode("utf-8"))
    MEMBERS[str(reliable.receiver)] = [READER[0]]
    secure = await MESSENGER.verify_message(msg=reliable)
    if secure is None:
        return {"refused": "signature"}
    instant = await MESSENGER.decrypt_message(msg=secure)
    if instant is None:
        return {"refused": "decryption"}
    content = instant.content
    return {"class": type(content).__name__, "content": content.to_map(), "sender": str(instant.sender)}


async def serve():
    operations = {"know": know, "create": create, "seal": seal, "open": open_message}
    # What the reference prints goes where it cannot be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = await operations[request["op"]](request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


asyncio.run(serve())
