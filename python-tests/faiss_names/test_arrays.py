"""Functions on arrays, vectors of numbers, writers and readers: beside faiss."""

import io

import numpy as np
import pytest

from under_test import BOTH, ours, theirs

RNG = np.random.default_rng(8)
XB, XQ = RNG.random((300, 8), dtype=np.float32), RNG.random((20, 8), dtype=np.float32)


@pytest.mark.parametrize("keep_max", [False, True])
def test_result_heap(keep_max):
    found = []
    for f in BOTH:
        heap = f.ResultHeap(20, 7, keep_max=keep_max)
        rng = np.random.default_rng(2)
        for first in range(0, 90, 30):
            heap.add_result(rng.random((20, 30), dtype=np.float32),
                            np.tile(np.arange(30) + first, (20, 1)))
        subset = np.array([3, 11])
        heap.add_result_subset(subset, rng.random((2, 40), dtype=np.float32), np.arange(40) + 500)
        heap.add_result_subset(
            subset, rng.random((2, 4), dtype=np.float32), np.arange(8).reshape(2, 4) + 900)
        heap.finalize()
        found.append((heap.D, heap.I))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_result_heap_with_few_results():
    for f in BOTH:
        heap = f.ResultHeap(2, 3)
        heap.add_result(np.float32([[5], [6]]), np.array([[1], [2]]))
        heap.finalize()
        assert heap.I.tolist() == [[1, -1, -1], [2, -1, -1]]
        assert heap.D[0, 2] == np.finfo(np.float32).max


@pytest.mark.parametrize("widths", [5, 8, 13, [1, 7, 12, 3, 16, 5]], ids=str)
def test_bit_strings(widths):
    sizes = np.full(6, widths) if np.ndim(widths) == 0 else np.array(widths)
    numbers = np.stack([RNG.integers(0, 1 << size, 40) for size in sizes], axis=1).astype(np.int32)
    wide = widths
    mine, reference = (f.pack_bitstrings(numbers, wide) for f in BOTH)
    np.testing.assert_array_equal(mine, reference)
    arguments = (6, widths) if np.ndim(widths) == 0 else (wide,)
    for f in BOTH:
        np.testing.assert_array_equal(f.unpack_bitstrings(reference, *arguments), numbers)


def test_hamming_neighbours():
    rows = RNG.integers(0, 256, (200, 4), dtype=np.uint8)
    (mine, ids), (reference, _) = (f.knn_hamming(rows[:10], rows, 5) for f in BOTH)
    np.testing.assert_array_equal(mine, reference)
    assert mine.dtype == np.int32 and (ids[:, 0] == np.arange(10)).all()
    with pytest.raises(NotImplementedError):
        ours.knn_hamming(rows, rows, 1, variant="none")


@pytest.mark.parametrize("name", [
    "Float32Vector", "FloatVector", "DoubleVector", "Int64Vector", "IntVector", "UInt8Vector",
    "ByteVector", "Int16Vector", "UInt64Vector"])
def test_vectors(name):
    for f in BOTH:
        vector = getattr(f, name)()
        dtype = f.vector_to_array(vector).dtype
        numbers = np.arange(5).astype(dtype)
        f.copy_array_to_vector(numbers, vector)
        assert vector.size() == 5 and vector.at(3) == 3
        vector.push_back(9)
        np.testing.assert_array_equal(f.vector_to_array(vector), [0, 1, 2, 3, 4, 9])
        vector.resize(2)
        assert f.vector_to_array(vector).tolist() == [0, 1]
        vector.clear()
        assert vector.size() == 0
    assert np.array(getattr(ours, name)(3)).dtype == dtype


def test_vectors_of_another_type():
    with pytest.raises(TypeError):
        ours.copy_array_to_vector(np.arange(3.0), ours.IntVector())
    index = ours.IndexPQ(8, 2, 4)
    index.train(XB)
    with pytest.raises(RuntimeError, match="copy"):
        ours.copy_array_to_vector(np.zeros(128, np.float32), index.pq.centroids)


def test_writers_and_readers(tmp_path):
    for f, other in (BOTH, BOTH[::-1]):
        index = f.IndexFlatL2(8)
        index.add(XB)
        data = io.BytesIO()
        f.write_index(index, f.PyCallbackIOWriter(data.write))
        data.seek(0)
        assert other.read_index(other.PyCallbackIOReader(data.read)).ntotal == 300
        vector = f.VectorIOWriter()
        f.write_index(index, vector)
        reader = f.VectorIOReader()
        f.copy_array_to_vector(f.vector_to_array(vector.data), reader.data)
        assert f.read_index(reader).ntotal == 300
    path = str(tmp_path / "a")
    writer = ours.FileIOWriter(path)
    ours.write_index(index := ours.IndexFlatL2(8), writer)
    assert ours.read_index(ours.FileIOReader(path)).d == index.d
    pieces = []
    index.add(XB)
    ours.write_index(index, ours.PyCallbackIOWriter(pieces.append, 1000))
    assert max(map(len, pieces)) == 1000 and len(pieces) > 5
    bits = ours.IndexBinaryFlat(16)
    ours.write_index_binary(bits, vector := ours.VectorIOWriter())
    reader = ours.VectorIOReader()
    reader.data = vector.data
    assert ours.read_index_binary(reader).d == 16


def test_flags_that_would_be_ignored():
    index = ours.IndexHNSWFlat(8, 4)
    for flag in (ours.IO_FLAG_SKIP_STORAGE, ours.IO_FLAG_SKIP_IVF_DATA):
        for call in (lambda: ours.serialize_index(index, flag),
                     lambda: ours.deserialize_index(ours.serialize_index(index), flag),
                     lambda: ours.write_index(index, "/tmp/never", flag)):
            with pytest.raises(RuntimeError, match="not supported"):
                call()
    with pytest.raises(RuntimeError, match="path"):
        ours.deserialize_index(ours.serialize_index(index), ours.IO_FLAG_MMAP)


def test_parameters_that_would_be_ignored():
    index = ours.IndexIVFFlat(ours.IndexHNSWFlat(8, 8), 8, 4)
    index.train(XB)
    index.add(XB)
    inner = ours.SearchParametersHNSW(sel=ours.IDSelectorRange(0, 3), efSearch=30)
    with pytest.raises(RuntimeError, match="quantizer_params"):
        index.search(XQ, 2, params=ours.SearchParametersIVF(quantizer_params=inner))
    with pytest.raises(RuntimeError, match="seed"):
        ours.RandomRotationMatrix(8, 8).init(17)
    for make, wrong in ((ours.SearchParametersIVF, "nprobes"), (ours.SearchParametersHNSW, "ef"),
                        (ours.ParameterSpace, "batch"), (ours.SearchParameters, "selector"),
                        (lambda: ours.ProductQuantizer(8, 2, 4), "train_type")):
        with pytest.raises(AttributeError, match=wrong):
            setattr(make(), wrong, 3)
    with pytest.raises(RuntimeError, match="statistics"):
        ours.search_with_parameters(index, XQ, 1, output_stats=True)
    D, I = ours.search_with_parameters(index, XQ, 1, ours.SearchParametersIVF(nprobe=4))
    np.testing.assert_array_equal(I, theirs.knn(XQ, XB, 1)[1])


def test_rabitq_parameters():
    index = ours.IndexIVFRaBitQ(ours.IndexFlatL2(8), 8, 4)
    index.train(XB)
    index.add(XB)
    floats = index.search(XQ, 9, params=ours.IVFRaBitQSearchParameters(nprobe=4, qb=0))[0]
    coarse = index.search(XQ, 9, params=ours.IVFRaBitQSearchParameters(nprobe=4, qb=2))[0]
    assert not np.array_equal(floats, coarse)
    plain = ours.IndexRaBitQ(8)
    plain.train(XB)
    plain.add(XB)
    plain.search(XQ, 3, params=ours.RaBitQSearchParameters(qb=4))
    with pytest.raises(TypeError):
        ours.RaBitQSearchParameters(centered=True)


@pytest.mark.parametrize("metric", [0, 1, 2])
def test_rows_without_numbers(metric):
    queries, vectors = XQ.copy(), XB.copy()
    queries[[2, 5], 3] = np.nan
    vectors[[7, 9]] = np.nan
    for f in BOTH:
        D, I = f.knn(queries, vectors, 4, metric)
        assert (I[[2, 5]] == -1).all()
        assert not np.isin(I, [7, 9]).any()
        assert (I[[0, 1, 3, 4]] >= 0).all()
    mine, reference = (f.knn(queries, vectors, 4, metric) for f in BOTH)
    np.testing.assert_array_equal(mine[1], reference[1])
    np.testing.assert_allclose(mine[0], reference[0], rtol=1e-4, atol=1e-5)
    found = ours.pairwise_distances(queries, vectors, metric)
    expected = theirs.pairwise_distances(queries, vectors, metric)
    assert np.isnan(found[2]).all() and np.isnan(found[:, 7]).all()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert (ours.knn(queries[2:3], vectors, 2, metric)[1] == -1).all()
    assert (ours.knn(queries, vectors[7:8], 2, metric)[1] == -1).all()


def test_selectors_nested_too_deeply():
    every = ours.IDSelectorRange(0, 50)
    nested = every
    with pytest.raises(RuntimeError, match="nested"):
        for _ in range(200_000):
            nested = ours.IDSelectorNot(nested)
    index = ours.IndexFlatL2(8)
    index.add(XB)
    ours.omp_set_num_threads(4)
    try:
        # As deep as it may be, asked from threads of the library too.
        D, I = index.search(np.tile(XQ, (20, 1)), 300, params=ours.SearchParameters(sel=nested))
    finally:
        ours.omp_set_num_threads(0)
    # An odd number of negations: 999 of them around the range.
    assert set(I[I >= 0]) == set(range(50, 300))
    deep = every
    for _ in range(300):
        deep = ours.IDSelectorXOr(deep, every)
    assert deep.is_member(3) == (300 % 2 == 0)
