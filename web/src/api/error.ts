/** Why a call gave no document: in words that a page can show. */
export type ApiErrorKind = "unreachable" | "unauthorized" | "not_found" | "refused" | "nonsense";

export class ApiError extends Error {
  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    readonly status?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The kind that a status of 400 and more stands for. */
export function kindOfStatus(status: number): ApiErrorKind {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  return "refused";
}
