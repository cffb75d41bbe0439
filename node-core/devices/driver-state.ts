// What every driver tells of its machine: the state it is in, and events to whoever listens. A state is told once.

import type { MachineEvent, MachineState } from './types.ts';

export class DriverState {
  state: MachineState = 'offline';
  private readonly listeners = new Set<(event: MachineEvent) => void>();

  onEvent(listener: (event: MachineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asked through a call, because the state may change during any wait. */
  protected is(state: MachineState): boolean {
    return this.state === state;
  }

  protected setState(state: MachineState, reason: string): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'state', state, reason });
  }

  protected emit(event: MachineEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
