// Chats with people and one for each order.

export { ChatNotifier } from './chat-notifier.tsx';
export { MessagesPage } from './messages-page.tsx';
