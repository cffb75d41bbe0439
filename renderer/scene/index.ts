// 3D views for the pages: models, and print jobs that follow the nozzle. They know nothing of the core's API.

export type { BedSize } from './bed-size.ts';
export { MeshView, type MeshViewProps } from './mesh-view.tsx';
export { createNozzleFeed, type NozzleFeed, type NozzleNews } from './nozzle-feed.ts';
export { warmStage } from './stage-link.ts';
export { ToolpathView, type ToolpathViewProps } from './toolpath-view.tsx';
