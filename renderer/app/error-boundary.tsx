// Catches a page's bug, keeps the rest of the console usable, and offers a report.

import { Component, type ReactNode } from 'react';
import { type Fault, pageFault } from '../bridge/index.ts';
import { FaultNotice } from '../ui/index.ts';

export class ErrorBoundary extends Component<{ children: ReactNode }, { fault: Fault | undefined }> {
  override state: { fault: Fault | undefined } = { fault: undefined };

  static getDerivedStateFromError(error: unknown): { fault: Fault } {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { fault: pageFault('console.page.broken', { detail }) };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    return <FaultNotice fault={fault} onRetry={() => this.setState({ fault: undefined })} />;
  }
}
