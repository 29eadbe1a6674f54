/** What is wrong between the migrations of this code and the database. */
export type SchemaProblem =
  | "numbering" // the files are not 1, 2, 3 ...
  | "file" // a file is no SQL
  | "behind" // the database lacks migrations
  | "newer" // the database has migrations this code does not know
  | "edited" // a file changed after it was applied
  | "taken" // a name is in use by something these migrations did not create
  | "altered"; // a table is not what the migrations left

export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly problem: SchemaProblem;
  constructor(problem: SchemaProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}
