/** Names for the documents of api/openapi.yaml; their shapes are generated from it. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Queue = Schemas["Queue"];
export type QueueSummary = Schemas["QueueSummary"];
export type QueueList = Schemas["QueueList"];
export type QueueChange = Schemas["QueueChange"];
export type ChangeSummary = Schemas["ChangeSummary"];
export type ChangeState = Schemas["ChangeState"];
export type ReasonCode = Exclude<Schemas["ReasonCode"], null>;
export type Dependency = Schemas["Dependency"];
export type EdgeKind = Schemas["EdgeKind"];
export type BuildSummary = Schemas["BuildSummary"];
export type BuildState = Schemas["BuildState"];
export type Problem = Schemas["Problem"];
export type ProblemDetails = Schemas["ProblemDetails"];
export type Policy = Schemas["Policy"];
export type Rates = Schemas["Rates"];
