// Balances, history, sending, and the backup of the key behind them.

export { WalletPage } from './wallet-page.tsx';
