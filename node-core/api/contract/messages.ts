// The messenger: chats, files in them, groups, boards, and whether somebody is who they seem.

import { z } from 'zod';
import { AccountText } from '../base-views.ts';
import { BoardCard, BoardChange, BoardDraft, BoardId, BoardView, POST_CHARS_MAX } from '../board-views.ts';
import { MachineActResult, MachineActView, MachineContactView } from '../machine-talk-views.ts';
import {
  AskedPrice,
  ChatCard,
  ChatHit,
  ChatId,
  ChatView,
  CheckedDisclosureView,
  ContactInput,
  DeviceView,
  DISCLOSURE_CHARS_MAX,
  DisclosureView,
  EarlierText,
  GroupChangeInput,
  GroupInput,
  MESSAGE_CHARS_MAX,
  MessengerView,
  REACTION_CHARS_MAX,
  SafetyView,
  StationChoice,
  StrangerPrice,
} from '../message-views.ts';
import { asAccount, base, binary, done, inChat } from './parts.ts';

const onBoard = asAccount.extend({ id: BoardId });
const inMessage = inChat.extend({ id: z.int() });

export const messagesContract = {
  messages: {
    /** Starts the messenger where it is not running. */
    view: base.input(asAccount).output(MessengerView),
    chats: base.input(asAccount).output(z.array(ChatCard)),
    /** Messages before the given one, on both sides of one, or the newest. */
    get: base
      .input(inChat.extend({ before: z.int().optional(), around: z.int().optional() }))
      .output(ChatView),
    send: base
      .input(inChat.extend({ text: z.string().max(MESSAGE_CHARS_MAX), replyTo: z.int().optional() }))
      .output(z.object({ id: z.number() })),
    /** One sign beside a message; an empty one takes it back. */
    react: base.input(inMessage.extend({ sign: z.string().max(REACTION_CHARS_MAX) })).output(done),
    edit: base.input(inMessage.extend({ text: z.string().max(MESSAGE_CHARS_MAX) })).output(done),
    /** Takes a message of one's own back, from everybody who got it. */
    remove: base.input(inMessage).output(done),
    /** What a message said before it was edited. */
    earlier: base.input(inMessage).output(z.array(EarlierText)),
    /** Sends a file that was uploaded; its message goes out when the station has it. */
    sendFile: base
      .input(
        inChat.extend({
          uploadId: z.string().max(64),
          /** A small picture of it, without anything else in it. */
          picture: binary.optional(),
          durationS: z.number().min(0).max(360_000).optional(),
        }),
      )
      .output(z.object({ id: z.number() })),
    /** Begins to fetch a file, or goes on. `foreign`: from the address that its sender named. */
    startFile: base.input(asAccount.extend({ id: z.int(), foreign: z.boolean().optional() })).output(done),
    pauseFile: base.input(asAccount.extend({ id: z.int() })).output(done),
    /** Takes back a file that is not sent yet. */
    cancelFile: base.input(asAccount.extend({ id: z.int() })).output(done),
    /** The whole file, once it is here. */
    file: base.input(asAccount.extend({ id: z.int() })).output(binary),
    filePicture: base.input(asAccount.extend({ id: z.int() })).output(binary),
    /** A received model as a draft in the Studio of an account of this console, which may be another one. */
    fileToStudio: base
      .input(asAccount.extend({ id: z.int(), designer: AccountText }))
      .output(z.object({ draftId: z.string(), taskId: z.string() })),
    markRead: base.input(inChat.extend({ through: z.int().min(0) })).output(done),
    saveDraft: base.input(inChat.extend({ text: z.string().max(MESSAGE_CHARS_MAX) })).output(done),
    search: base.input(asAccount.extend({ query: z.string().max(200) })).output(z.array(ChatHit)),
    addContact: base.input(ContactInput).output(z.object({ chat: ChatId })),
    /** Of the chat with a machine: how it is, and what this account may ask of it. */
    machine: base.input(inChat).output(MachineContactView),
    /** Asks it to do something now, or not at all; answers when it does. */
    askMachine: base.input(inChat.extend({ act: MachineActView })).output(MachineActResult),
    block: base.input(inChat.extend({ blocked: z.boolean() })).output(done),
    /** Whether somebody is told of what comes into the chat. */
    mute: base.input(inChat.extend({ muted: z.boolean() })).output(done),
    foundGroup: base.input(GroupInput).output(z.object({ chat: ChatId })),
    /** Leaders add and remove members; members propose them, and can leave. */
    changeGroup: base.input(GroupChangeInput).output(done),
    /** Boards that the account follows, and those of its station. */
    boards: base.input(asAccount).output(z.array(BoardCard)),
    board: base.input(onBoard).output(BoardView),
    foundBoard: base.input(asAccount.extend(BoardDraft.shape)).output(z.object({ id: z.string() })),
    post: base.input(onBoard.extend({ text: z.string().max(POST_CHARS_MAX) })).output(done),
    changeBoard: base.input(onBoard.extend({ change: BoardChange })).output(done),
    /** Both parties of a disputed order call the same mediator; from then on they write to them too. */
    callMediator: base.input(inChat.extend({ id: z.string().trim().min(3).max(64) })).output(done),
    safety: base.input(inChat).output(SafetyView),
    /** The safety number was compared, and the devices looked at. */
    verify: base.input(inChat.extend({ verified: z.boolean() })).output(done),
    /** Messages may go without forward secrecy to somebody who had it. */
    allowStatic: base.input(inChat).output(done),
    /** Messages of both sides disappear after so many seconds; 0: they stay. */
    setTimer: base.input(inChat.extend({ seconds: z.int().min(0).max(31_536_000) })).output(done),
    devices: base.input(asAccount).output(z.array(DeviceView)),
    removeDevice: base.input(asAccount.extend({ terminal: z.string().min(1).max(64) })).output(done),
    /** A file that proves the messages from one to another of a chat, and nothing else. */
    disclose: base.input(inChat.extend({ from: z.int(), to: z.int() })).output(DisclosureView),
    checkDisclosure: base
      .input(asAccount.extend({ text: z.string().max(DISCLOSURE_CHARS_MAX) }))
      .output(CheckedDisclosureView),
    /** What strangers have to show before their messages come through. */
    price: base.input(asAccount).output(StrangerPrice),
    /** What the other person of a chat asks of this account, who is a stranger to them. */
    askedPrice: base.input(asAccount.extend({ chat: z.string() })).output(AskedPrice),
    setPrice: base.input(asAccount.extend({ price: StrangerPrice })).output(done),
    /** Another station for all accounts of this console; null for its own. */
    chooseStation: base.input(asAccount.extend({ station: StationChoice.nullable() })).output(done),
  },
};
