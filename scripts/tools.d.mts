/** Programs of the outer world that tests may ask for. */
export type ToolName = 'chromium' | 'slicer' | 'socat' | 'electron' | 'cometbft' | 'go';
export const SKIP_FILE: string;
/** Path of a tool; undefined where it is not installed. */
export function findTool(name: ToolName): string | undefined;
/**
 * Path of a tool that a test cannot do without; undefined where it is missing, which the test answers by skipping.
 * @throws Error where it is missing and DIPNET_REQUIRE_ALL=1.
 */
export function needTool(name: ToolName, usedFor: string): string | undefined;
export function installTool(name: ToolName): void;
