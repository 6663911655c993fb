export declare function isAlive(pid: number): boolean;
export declare function endTree(root: number): Promise<void>;
