/** Something was accepted that should not have been, or came back as something else. */
export class FuzzFailure extends Error {}
