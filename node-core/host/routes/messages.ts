// The messenger: chats, files, groups, boards and safety.

import { ORPCError } from '@orpc/server';
import { PICTURE_BYTES_MAX } from '../../api/index.ts';
import type { Services } from '../composition/services.ts';
import { analyseDraft } from './designs.ts';
import { type Base, blobOf, give, toBytes } from './procedures.ts';

export function messageRoutes(os: Base, services: Services) {
  const { names, providers, messenger, machineContacts } = services;
  const addContact = async (actor: string, text: string, called: string) => {
    const { id, name } = give(await names.contactOf(text));
    return messenger.addContact(actor, id, called === '' ? name : called);
  };
  return {
    messages: {
      view: os.messages.view.handler(({ input }) => messenger.view(input.actor)),
      chats: os.messages.chats.handler(({ input }) => messenger.chats(input.actor)),
      get: os.messages.get.handler(async ({ input }) =>
        give(await messenger.chat(input.actor, input.chat, input)),
      ),
      send: os.messages.send.handler(async ({ input }) => ({
        id: give(await messenger.send(input.actor, input.chat, input.text, input.replyTo)),
      })),
      ...fileMessageRoutes(os, services),
      markRead: os.messages.markRead.handler(async ({ input }) => {
        await messenger.markRead(input.actor, input.chat, input.through);
        return {};
      }),
      saveDraft: os.messages.saveDraft.handler(({ input }) => {
        messenger.saveDraft(input.actor, input.chat, input.text);
        return {};
      }),
      search: os.messages.search.handler(({ input }) => messenger.search(input.actor, input.query)),
      addContact: os.messages.addContact.handler(async ({ input }) => ({
        chat: give(await addContact(input.actor, input.id, input.name)),
      })),
      machine: os.messages.machine.handler(async ({ input }) =>
        give(await machineContacts.view(input.actor, input.chat)),
      ),
      askMachine: os.messages.askMachine.handler(async ({ input }) =>
        give(await machineContacts.act(input.actor, input.chat, input.act)),
      ),
      block: os.messages.block.handler(async ({ input }) => {
        give(await messenger.block(input.actor, input.chat, input.blocked));
        return {};
      }),
      mute: os.messages.mute.handler(async ({ input }) => {
        give(await messenger.mute(input.actor, input.chat, input.muted));
        return {};
      }),
      foundGroup: os.messages.foundGroup.handler(async ({ input }) => ({
        chat: give(await messenger.foundGroup(input.actor, input.name, input.members)),
      })),
      changeGroup: os.messages.changeGroup.handler(async ({ input }) => {
        give(await messenger.changeGroup(input.actor, input.chat, input));
        return {};
      }),
      ...amendingRoutes(os, messenger.amending),
      ...boardRoutes(os, messenger.boards),
      callMediator: os.messages.callMediator.handler(async ({ input }) => {
        give(await messenger.callMediator(input.actor, input.chat, input.id));
        return {};
      }),
      ...safetyRoutes(os, messenger.safety),
      price: os.messages.price.handler(({ input }) => messenger.price(input.actor)),
      askedPrice: os.messages.askedPrice.handler(({ input }) =>
        messenger.askedPrice(input.actor, input.chat),
      ),
      setPrice: os.messages.setPrice.handler(async ({ input }) => {
        await messenger.setPrice(input.actor, input.price);
        return {};
      }),
      chooseStation: os.messages.chooseStation.handler(async ({ input }) => {
        providers.forget();
        await messenger.useStation(input.station ?? undefined);
        return {};
      }),
    },
  };
}

function amendingRoutes({ messages }: Base, amending: Services['messenger']['amending']) {
  return {
    react: messages.react.handler(async ({ input: { actor, chat, id, sign } }) => {
      give(await amending.react(actor, chat, id, sign));
      return {};
    }),
    edit: messages.edit.handler(async ({ input: { actor, chat, id, text } }) => {
      give(await amending.edit(actor, chat, id, text));
      return {};
    }),
    remove: messages.remove.handler(async ({ input: { actor, chat, id } }) => {
      give(await amending.remove(actor, chat, id));
      return {};
    }),
    earlier: messages.earlier.handler(({ input: { actor, chat, id } }) =>
      give(amending.earlier(actor, chat, id)),
    ),
  };
}

function fileMessageRoutes({ messages }: Base, services: Services) {
  const { messenger, uploads } = services;
  return {
    sendFile: messages.sendFile.handler(async ({ input: { actor, chat, uploadId, picture, durationS } }) => {
      if ((picture?.size ?? 0) > PICTURE_BYTES_MAX) throw new ORPCError('PAYLOAD_TOO_LARGE');
      const { fileName: name, bytes } = give(uploads.finish(uploadId));
      const small = picture === undefined ? undefined : await toBytes(picture);
      return { id: give(await messenger.sendFile(actor, chat, { name, bytes, picture: small, durationS })) };
    }),
    startFile: messages.startFile.handler(async ({ input }) => {
      await messenger.view(input.actor);
      give(messenger.files.start(input.actor, input.id, input.foreign));
      return {};
    }),
    pauseFile: messages.pauseFile.handler(async ({ input }) => {
      give(await messenger.files.pause(input.actor, input.id));
      return {};
    }),
    cancelFile: messages.cancelFile.handler(async ({ input }) => {
      give(await messenger.files.cancel(input.actor, input.id));
      return {};
    }),
    file: messages.file.handler(async ({ input }) =>
      blobOf(give(await messenger.files.open(input.actor, input.id)).bytes, 'application/octet-stream'),
    ),
    filePicture: messages.filePicture.handler(({ input }) =>
      blobOf(give(messenger.files.picture(input.actor, input.id)), 'application/octet-stream'),
    ),
    fileToStudio: messages.fileToStudio.handler(async ({ input }) => {
      const { name, bytes } = give(await messenger.files.open(input.actor, input.id));
      return analyseDraft(services, { actor: input.designer, fileName: name, bytes });
    }),
  };
}

function boardRoutes({ messages }: Base, boards: Services['messenger']['boards']) {
  return {
    boards: messages.boards.handler(({ input }) => boards.list(input.actor)),
    board: messages.board.handler(async ({ input }) => give(await boards.view(input.actor, input.id))),
    foundBoard: messages.foundBoard.handler(async ({ input: { actor, ...draft } }) => ({
      id: give(await boards.found(actor, draft)),
    })),
    post: messages.post.handler(async ({ input }) => {
      give(await boards.post(input.actor, input.id, input.text));
      return {};
    }),
    changeBoard: messages.changeBoard.handler(async ({ input }) => {
      give(await boards.change(input.actor, input.id, input.change));
      return {};
    }),
  };
}

function safetyRoutes({ messages }: Base, safety: Services['messenger']['safety']) {
  return {
    safety: messages.safety.handler(async ({ input }) => give(await safety.view(input.actor, input.chat))),
    verify: messages.verify.handler(async ({ input }) => {
      give(await safety.verify(input.actor, input.chat, input.verified));
      return {};
    }),
    allowStatic: messages.allowStatic.handler(async ({ input }) => {
      give(await safety.allowStatic(input.actor, input.chat));
      return {};
    }),
    setTimer: messages.setTimer.handler(async ({ input }) => {
      give(await safety.setTimer(input.actor, input.chat, input.seconds));
      return {};
    }),
    devices: messages.devices.handler(({ input }) => safety.devices(input.actor)),
    removeDevice: messages.removeDevice.handler(async ({ input }) => {
      give(await safety.removeDevice(input.actor, input.terminal));
      return {};
    }),
    disclose: messages.disclose.handler(async ({ input }) =>
      give(await safety.disclose(input.actor, input.chat, input.from, input.to)),
    ),
    checkDisclosure: messages.checkDisclosure.handler(async ({ input }) =>
      give(await safety.check(input.actor, input.text)),
    ),
  };
}
