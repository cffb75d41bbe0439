// Contract paradigms: documents, the virtual machine that runs them, the checker, the simulator and what people read.

export type { CheckOptions, CheckReport, Finding, FindingCode } from './check.ts';
export { checkDocument, checkParadigm } from './check.ts';
export * from './codec.ts';
export type { Paradigm } from './compile.ts';
export { damagedDocument } from './damage.ts';
export type { DiagramOptions } from './diagram.ts';
export { paradigmDiagram } from './diagram.ts';
export type { Field, Locale, LocalText, ParadigmDocument } from './document.ts';
export { afterWords, explainParadigm } from './explain.ts';
export * from './machine-data.ts';
export { createPrng } from './prng.ts';
export { createParamSampler, type Values } from './sample.ts';
export { paradigmJsonSchema } from './schema.ts';
export { SALT_BYTES, sealValue } from './seal.ts';
export type { SimulationOptions, SimulationReport, Violation } from './simulate.ts';
export { simulateParadigm } from './simulate.ts';
export { readSource, writeSource } from './source.ts';
export type { Stepper, StepperOption, StepperView } from './stepper.ts';
export { createStepper, parseArgument } from './stepper.ts';
export { instanceSizeMaxBytes } from './storage.ts';
export * from './turns.ts';
export * from './types.ts';
export { applyDeadline, applyEvent, openInstance } from './vm.ts';
export { durationWords, expressionWords, numberWords, receivesWords, stepsFrom } from './words.ts';
export type { ExampleEnding, WorkedExample } from './worked-example.ts';
export { workedExample } from './worked-example.ts';
