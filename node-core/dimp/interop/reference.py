"""The Python reference of DIMP as a peer: one JSON request a line on standard input, one JSON answer a line.

  know    {id, meta, documents, secret?, visaSecret?}  checks meta and documents with the reference, keeps them
  create  {type, seed?, network}                       an identity made by the reference, with its visa
  seal    {sender, receiver, content, group?, members?, short?} a reliable message made by the reference
  open    {message, reader}                            verified and decrypted by the reference
"""

import asyncio
import json
import sys

from dimp import *
from dimsdk import *
from dimplugins import ExtensionLoader, PluginLoader
from dimplugins.crypto.plain import PlainKey

ExtensionLoader().load()
PluginLoader().load()

METAS, DOCUMENTS, SECRETS, VISA_SECRETS, MEMBERS = {}, {}, {}, {}, {}
READER = [None]


def bare(identifier):
    return str(ID.create(address=identifier.address, name=identifier.name))


class Records(Archivist):
    async def save_meta(self, meta, identifier):
        if not meta.valid or not MetaUtils.match_identifier(identifier=identifier, meta=meta):
            return False
        METAS[bare(identifier)] = meta
        return True

    async def save_document(self, document):
        if not document.verify(public_key=METAS[bare(document.identifier)].public_key):
            return False
        DOCUMENTS.setdefault(bare(document.identifier), []).append(document)
        return True

    async def get_meta_key(self, identifier):
        meta = METAS.get(bare(identifier))
        return None if meta is None else meta.public_key

    async def get_visa_key(self, identifier):
        visa = DocumentUtils.last_visa(documents=DOCUMENTS.get(bare(identifier), []))
        return None if visa is None else visa.public_key

    @property
    async def local_users(self):
        return [READER[0]]


class Entities(Barrack):
    def __init__(self):
        self.users = {}

    def cache_user(self, user):
        user.data_source = FACEBOOK
        self.users[str(user.identifier)] = user

    def cache_group(self, group):
        group.data_source = FACEBOOK

    def get_user(self, identifier):
        return self.users.get(str(identifier))

    def get_group(self, identifier):
        return None


class Book(Facebook):
    barrack = Entities()
    archivist = Records()

    async def get_meta(self, identifier):
        return METAS.get(bare(identifier))

    async def get_documents(self, identifier):
        return DOCUMENTS.get(bare(identifier), [])

    async def get_members(self, identifier):
        return MEMBERS.get(str(identifier), [])

    # The reference tries the visa's RSA key first and takes every signature for right: the identity alone is asked here.
    async def public_keys_for_verification(self, identifier):
        return [await self.archivist.get_meta_key(identifier)]

    async def private_keys_for_decryption(self, identifier):
        keys = [VISA_SECRETS.get(bare(identifier)), SECRETS.get(bare(identifier))]
        return [key for key in keys if isinstance(key, DecryptKey)]

    async def private_key_for_signature(self, identifier):
        return SECRETS[bare(identifier)]

    async def private_key_for_visa_signature(self, identifier):
        return SECRETS[bare(identifier)]


class Keys(CipherKeyDelegate):
    async def get_cipher_key(self, sender, receiver, generate=False):
        if receiver.is_broadcast:
            return PlainKey()
        return SymmetricKey.generate(algorithm="AES") if generate else None

    async def cache_cipher_key(self, key, sender, receiver):
        pass


class LongNames(MessageShortener):
    """As clients have it: short names are understood and not written."""

    def compress_content(self, content):
        return content

    def compress_symmetric_key(self, key):
        return key

    def compress_reliable_message(self, msg):
        return msg


class Post(Messenger):
    facebook = None
    packer = None
    processor = None
    key_cache = Keys()
    compressor = None


class Packing(MessagePacker):
    pass


for made in (Records, Entities, Book, Keys, Post, Packing):
    made.__abstractmethods__ = frozenset()

FACEBOOK = Book()
SHORT = MessageCompressor(shortener=MessageShortener())
LONG = MessageCompressor(shortener=LongNames())
MESSENGER = Post()
MESSENGER.facebook = FACEBOOK
MESSENGER.packer = Packing(facebook=FACEBOOK, messenger=MESSENGER)


async def know(request):
    identifier = ID.parse(identifier=request["id"])
    meta = Meta.parse(meta=request["meta"])
    if meta is None or not await FACEBOOK.archivist.save_meta(meta=meta, identifier=identifier):
        return {"refused": "meta"}
    for info in request.get("documents", []):
        document = Document.parse(document=info)
        if document is None or not await FACEBOOK.archivist.save_document(document=document):
            return {"refused": "document"}
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
    visa = BaseVisa(identifier=identifier)
    visa.name = "made by the reference"
    visa.public_key = visa_secret.public_key
    visa.sign(private_key=secret)
    SECRETS[bare(identifier)], VISA_SECRETS[bare(identifier)] = secret, visa_secret
    METAS[bare(identifier)], DOCUMENTS[bare(identifier)] = meta, [visa]
    return {"id": str(identifier), "meta": meta.dictionary, "documents": [visa.dictionary]}


async def seal(request):
    MESSENGER.compressor = SHORT if request.get("short") else LONG
    content = Content.parse(content=request["content"])
    sender, receiver = ID.parse(identifier=request["sender"]), ID.parse(identifier=request["receiver"])
    envelope = Envelope.create(sender=sender, receiver=receiver)
    message = InstantMessage.create(head=envelope, body=content)
    if "group" in request:
        message["group"] = request["group"]
    MEMBERS[str(receiver)] = [ID.parse(identifier=member) for member in request.get("members", [])]
    secure = await MESSENGER.encrypt_message(msg=message)
    reliable = await MESSENGER.sign_message(msg=secure)
    data = await MESSENGER.serialize_message(msg=reliable)
    return {"class": type(content).__name__, "text": data.decode("utf-8")}


async def open_message(request):
    MESSENGER.compressor = LONG
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
    return {"class": type(content).__name__, "content": content.dictionary, "sender": str(instant.sender)}


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
