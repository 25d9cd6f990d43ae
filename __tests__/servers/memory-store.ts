interface Entry {
  readonly grantId?: string;
  consumed?: number;
}

/** Where oidc-provider keeps what it issued, spent refresh tokens and whole grants included. */
export class MemoryStore {
  readonly #entries = new Map<string, Entry>();

  async upsert(id: string, entry: object): Promise<void> {
    this.#entries.set(id, entry);
  }

  async find(id: string): Promise<Entry | undefined> {
    return this.#entries.get(id);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async consume(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry) entry.consumed = Math.floor(Date.now() / 1_000);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, entry] of this.#entries) if (entry.grantId === grantId) this.#entries.delete(id);
  }
}
