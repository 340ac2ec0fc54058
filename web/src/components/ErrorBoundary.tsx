import { Component, type ReactNode } from "react";

interface State {
  readonly error: Error | undefined;
}

/** The last resort: a mistake of ours shows itself instead of an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <main className="failure" role="alert">
        <h1>The page broke</h1>
        <p>{this.state.error.message}</p>
        <p className="muted">The queue goes on without it. Please report this with the browser's console.</p>
        <button type="button" onClick={() => this.setState({ error: undefined })}>
          Show it again
        </button>
      </main>
    );
  }
}
