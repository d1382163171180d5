"""The functions that Trino documents, by its topics (https://trino.io/docs/current/functions/list-by-topic.html).

Lambda and row pattern recognition functions stand under the topics of what they work on.
"""

from __future__ import annotations

_NAMES: dict[str, str] = {
    "Aggregate": """
        any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary array_agg avg
        bitwise_and_agg bitwise_or_agg bitwise_xor_agg bool_and bool_or checksum corr count count_if
        covar_pop covar_samp every geometric_mean histogram kurtosis map_agg map_union max max_by merge min
        min_by multimap_agg numeric_histogram qdigest_agg reduce_agg regr_intercept regr_slope skewness
        stddev stddev_pop stddev_samp sum tdigest_agg var_pop var_samp variance
    """,
    "Array": """
        all_match any_match array_distinct array_except array_first array_histogram array_intersect
        array_join array_last array_max array_min array_position array_remove array_sort array_union
        arrays_overlap cardinality combinations concat contains contains_sequence dot_product element_at
        euclidean_distance filter flatten ngrams none_match reduce repeat reverse sequence shuffle slice
        transform trim_array zip zip_with
    """,
    "Binary": """
        crc32 from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64 from_hex
        from_ieee754_32 from_ieee754_64 hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 length lpad md5 murmur3
        rpad sha1 sha256 sha512 spooky_hash_v2_32 spooky_hash_v2_64 substr to_base32 to_base64 to_base64url
        to_big_endian_32 to_big_endian_64 to_hex to_ieee754_32 to_ieee754_64 xxhash64
    """,
    "Bitwise": """
        bit_count bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
        bitwise_right_shift_arithmetic bitwise_xor
    """,
    "Color": """
        bar color render rgb
    """,
    "Comparison": """
        greatest least
    """,
    "Conditional": """
        coalesce if nullif try
    """,
    "Conversion": """
        cast format format_number parse_data_size parse_presto_data_size try_cast typeof
    """,
    "DataSketches": """
        theta_sketch_cardinality theta_sketch_union
    """,
    "Date and time": """
        at_timezone current_date current_time current_timestamp current_timezone date date_add date_diff
        date_format date_parse date_trunc day day_of_month day_of_week day_of_year dow doy format_datetime
        from_iso8601_date from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime
        from_unixtime_nanos hour human_readable_seconds last_day_of_month localtime localtimestamp
        millisecond minute month now parse_datetime parse_duration quarter second timezone timezone_hour
        timezone_minute to_iso8601 to_milliseconds to_unixtime week week_of_year with_timezone year
        year_of_week yow
    """,
    "Geospatial": """
        bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey
        bing_tile_zoom_level bing_tiles_around convex_hull_agg from_encoded_polyline from_geojson_geometry
        geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles
        geometry_union geometry_union_agg great_circle_distance line_interpolate_point
        line_interpolate_points line_locate_point simplify_geometry spatial_partitioning spatial_partitions
        st_area st_asbinary st_astext st_boundary st_buffer st_centroid st_contains st_convexhull
        st_coorddim st_crosses st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope
        st_envelopeaspts st_equals st_exteriorring st_geometries st_geometryfromtext st_geometryn
        st_geometrytype st_geomfrombinary st_geomfromkml st_interiorringn st_interiorrings st_intersection
        st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_length st_linefromtext
        st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps st_point
        st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union
        st_within st_x st_xmax st_xmin st_y st_ymax st_ymin to_encoded_polyline to_geojson_geometry
        to_geometry to_spherical_geography
    """,
    "HyperLogLog": """
        empty_approx_set
    """,
    "JSON": """
        is_json_scalar json_array json_array_contains json_array_get json_array_length json_exists
        json_extract json_extract_scalar json_format json_object json_parse json_query json_size json_value
    """,
    "Machine learning": """
        classify features learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor
        regress
    """,
    "Map": """
        map map_concat map_entries map_filter map_from_entries map_keys map_values map_zip_with
        multimap_from_entries transform_keys transform_values
    """,
    "Math": """
        abs acos asin atan atan2 beta_cdf cbrt ceil ceiling cos cosh cosine_distance cosine_similarity
        degrees e exp floor from_base infinity inverse_beta_cdf inverse_normal_cdf is_finite is_infinite
        is_nan ln log log10 log2 mod nan normal_cdf pi pow power radians rand random round sign sin sinh
        sqrt t_cdf t_pdf tan tanh to_base truncate width_bucket wilson_interval_lower wilson_interval_upper
    """,
    "Quantile digest": """
        quantile_at_value value_at_quantile values_at_quantiles
    """,
    "Regular expression": """
        regexp_count regexp_extract regexp_extract_all regexp_like regexp_position regexp_replace
        regexp_split
    """,
    "Session": """
        current_catalog current_groups current_schema current_user
    """,
    "Set Digest": """
        hash_counts intersection_cardinality jaccard_index make_set_digest merge_set_digest
    """,
    "String": """
        chr codepoint concat_ws ends_with from_utf8 hamming_distance levenshtein_distance lower ltrim
        luhn_check normalize position random_string replace rtrim soundex split split_part split_to_map
        split_to_multimap starts_with strpos substring to_utf8 translate trim upper word_stem
    """,
    "System": """
        version
    """,
    "Teradata": """
        char2hexint index to_char to_date to_timestamp
    """,
    "URL": """
        url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter url_extract_path
        url_extract_port url_extract_protocol url_extract_query
    """,
    "UUID": """
        uuid
    """,
    "Window": """
        cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    """,
}

FUNCTIONS = {topic: tuple(names.split()) for topic, names in _NAMES.items()}
"""Topic to names."""
