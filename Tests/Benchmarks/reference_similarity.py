"""Recall@10 of the reference script of ../shared/model on the sets of duplicates, on one thread, without its MiniLM.

Run by Tests/Benchmarks/similarity with a Python that has numpy, scipy and scikit-learn; prints one JSON object. The steps
are those of the script's own main part, which can't be called without its optional packages.
usage: reference_similarity.py FOLDER_OF_THE_SCRIPTS
"""

import json
import os
import sys

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import baseline_duplicates as reference  # noqa: E402: only now is its folder on the path
import numpy as np  # noqa: E402
from sklearn.decomposition import TruncatedSVD  # noqa: E402


def recall(name):
    rows = reference.load(f"duplicates_{name}.jsonl.gz")
    queries = np.array([place for place, row in enumerate(rows) if row["split"] == "query"])
    titles = [reference.T(row["title"]) for row in rows]
    bodies = [reference.T(row["body"][:4000])[:300] for row in rows]
    both = reference.bm25_sim([title * 3 + body for title, body in zip(titles, bodies)], queries)
    characters = reference.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
    sequences = characters.fit_transform(row["title"] for row in rows)
    words = reference.TfidfVectorizer(analyzer=lambda place: reference.ng(titles[place], 2, "t")
                                      + reference.ng(bodies[place], 2, "b"), sublinear_tf=True)
    terms = words.fit_transform(range(len(rows)))
    normal = reference.zn
    fusion = (normal(both, queries) + 0.7 * normal(reference.bm25_sim(titles, queries), queries)
              + 0.5 * normal((sequences[queries] @ sequences.T).toarray(), queries)
              + 0.7 * normal((terms[queries] @ terms.T).toarray(), queries))
    latent = TruncatedSVD(200, random_state=0).fit_transform(terms)
    latent /= np.linalg.norm(latent, axis=1, keepdims=True) + 1e-9
    with_lsa = fusion + 0.5 * normal(latent[queries] @ latent.T, queries)
    return {
        key: reference.rank_metrics(scores, queries, rows)[1]["R@10"]
        for key, scores in (("bm25_title_3", both), ("fusion", fusion), ("fusion_lsa", with_lsa))}


print(json.dumps({name: recall(name) for name in ("openoffice", "firefox", "hadoop")}))
