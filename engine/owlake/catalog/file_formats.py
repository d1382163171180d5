"""How files are stored, as the metastore says it: SerDe, input and output format, by the names of Hive's STORED AS.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from typing import NamedTuple

LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
HIVE_JSON = "org.apache.hadoop.hive.serde2.JsonSerDe"
GROK = "com.amazonaws.glue.serde.GrokSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

_IO = "org.apache.hadoop.hive.ql.io"


class FileFormatClasses(NamedTuple):
    """What a name after STORED AS stands for."""

    input_format: str
    output_format: str
    serde: str


TEXT = FileFormatClasses(
    "org.apache.hadoop.mapred.TextInputFormat", f"{_IO}.HiveIgnoreKeyTextOutputFormat", LAZY_SIMPLE
)

FILE_FORMATS: dict[str, FileFormatClasses] = {
    "TEXTFILE": TEXT,
    "SEQUENCEFILE": FileFormatClasses(
        "org.apache.hadoop.mapred.SequenceFileInputFormat", f"{_IO}.HiveSequenceFileOutputFormat", LAZY_SIMPLE
    ),
    "RCFILE": FileFormatClasses(
        f"{_IO}.RCFileInputFormat",
        f"{_IO}.RCFileOutputFormat",
        "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe",
    ),
    "ORC": FileFormatClasses(f"{_IO}.orc.OrcInputFormat", f"{_IO}.orc.OrcOutputFormat", f"{_IO}.orc.OrcSerde"),
    "PARQUET": FileFormatClasses(
        f"{_IO}.parquet.MapredParquetInputFormat", f"{_IO}.parquet.MapredParquetOutputFormat", PARQUET
    ),
    "AVRO": FileFormatClasses(
        f"{_IO}.avro.AvroContainerInputFormat",
        f"{_IO}.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
    "ION": FileFormatClasses(
        "com.amazon.ionhiveserde.formats.IonInputFormat",
        "com.amazon.ionhiveserde.formats.IonOutputFormat",
        "com.amazon.ionhiveserde.IonHiveSerDe",
    ),
}
