/** Why a connection ended, for people. Browsers tell pages little: a refused one and a lost one look alike. */
export function explainFailure(error: unknown): string {
  if (error instanceof Error && error.message === "silent") return "the server went silent";
  return "the server could not be reached";
}
