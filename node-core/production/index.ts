// Products and their production: bills of materials, who makes what by which rule, and which copy is whose.

export { type Bill, type BillLine, type BillService, explodeProduct, type Use } from './explode.ts';
export { productFault } from './faults.ts';
export {
  type Allocation,
  type Need,
  type Offer,
  type Plan,
  type PlanInputs,
  type PlannedJob,
  type PlanRule,
  type Producer,
  planProduction,
} from './plan.ts';
export * from './product.ts';
export { type Failure, replanProduction } from './replan.ts';
export { type Bid, cheapestSplit, LOTS_MAX, type Share } from './split.ts';
export { type MadeBy, madeBy, traceCopy, type UnitOrigin } from './trace.ts';
