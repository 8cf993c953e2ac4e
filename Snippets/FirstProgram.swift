// A first program: build an index, search it, write it for faiss, read it back.
import Vicinal

// Four vectors of dimension 2, one after the other.
let vectors: [Float] = [0, 0, 1, 0, 0, 1, 5, 5]

var index = FlatIndex(dimension: 2, metric: .l2)
try index.add(VectorBatch(vectors.span, dimension: 2))

let queries: [Float] = [0.9, 0.1]
let found = try index.search(VectorBatch(queries.span, dimension: 2), k: 2)
for (id, distance) in found.row(0) {
  print("vector \(id) at squared distance \(distance)")
}

// The file is faiss's own format: faiss.read_index("first.index") opens it.
try IndexFile.write(index, to: "first.index")
let again = try IndexFile.read("first.index")
print("\(again.count) vectors read back")
