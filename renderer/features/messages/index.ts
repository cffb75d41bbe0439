// Chats with people and one for each order.

export { MessagesPage } from './messages-page.tsx';
