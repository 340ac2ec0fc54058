/**
 * Turns a flood of "something changed" into few refreshes: the first at once, then no more often than
 * every `pause_ms()`, and never one while another is under way, so that a slow server or a huge queue
 * slows the page down instead of piling up calls.
 */
export interface RefresherOptions {
  readonly refresh: () => Promise<void>;
  readonly pause_ms: () => number; // asked after each refresh
  readonly now_ms: () => number;
}

export class Refresher {
  private wanted = false;
  private running = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: RefresherOptions) {}

  request(): void {
    this.wanted = true;
    if (!this.running && this.timer === undefined) void this.run();
  }

  /** Ends the pause, if there is one: somebody is looking. */
  hurry(): void {
    if (this.timer === undefined) return;
    this.stop();
    if (this.wanted) void this.run();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async run(): Promise<void> {
    this.running = true;
    this.wanted = false;
    const began_ms = this.options.now_ms();
    try {
      await this.options.refresh();
    } finally {
      this.running = false;
      const took_ms = this.options.now_ms() - began_ms;
      this.timer = setTimeout(() => this.afterPause(), Math.max(this.options.pause_ms(), 2 * took_ms));
    }
  }

  private afterPause(): void {
    this.timer = undefined;
    if (this.wanted) void this.run();
  }
}
