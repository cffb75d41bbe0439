// Catches a page's bug, keeps the rest of the console usable, and offers a report. Trying again reloads: the address
// keeps the place, and a part of the page that could not be fetched is only fetched anew that way.

import { Component, type ReactNode } from 'react';
import { type Fault, pageFault } from '../bridge/index.ts';
import { FaultNotice } from '../ui/index.ts';

type Props = {
  readonly children: ReactNode;
  /** Another place is another try. */
  readonly place: string;
};
type State = { readonly fault: Fault | undefined };

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { fault: undefined };

  static getDerivedStateFromError(error: unknown): { fault: Fault } {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { fault: pageFault('console.page.broken', { detail }) };
  }

  override componentDidUpdate(before: Props): void {
    if (before.place !== this.props.place && this.state.fault !== undefined)
      this.setState({ fault: undefined });
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return <FaultNotice fault={fault} onRetry={() => window.location.reload()} />;
  }
}
