// For mongosh, in the database pharma_care_prod:  mongosh --quiet pharma_care_prod reports-rollback.js
// Makes templates and schedules readable for the release before. No document goes, and a second run changes nothing.
// Each field that is taken away is kept in reports_rollback_kept first, by its document's id.

const templates = {
  createdAt: { $gte: ISODate('2024-01-01T00:00:00Z') },
  // Numbers and texts like "2.1"; what is neither does not count as 2.0 or later.
  $expr: { $gte: [{ $convert: { input: '$version', to: 'double', onError: null, onNull: null } }, 2.0] },
  $or: [{ advancedFilters: { $exists: true } }, { customChartTypes: { $exists: true } }, { templateInheritance: { $exists: true } }],
};
const schedules = { frequency: { $in: ['custom', 'conditional'] } };

function keep(collection, filter) {
  db.getCollection(collection).aggregate([
    { $match: filter },
    { $project: { _id: { collection, id: '$_id' }, document: '$$ROOT' } },
    { $merge: { into: 'reports_rollback_kept', on: '_id', whenMatched: 'keepExisting', whenNotMatched: 'insert' } },
  ]).toArray();
}

keep('reporttemplates', templates);
const changedTemplates = db.reporttemplates.updateMany(templates,
  { $unset: { advancedFilters: '', customChartTypes: '', templateInheritance: '' } });

keep('reportschedules', schedules);
const changedSchedules = db.reportschedules.updateMany(schedules,
  { $set: { frequency: 'weekly' }, $unset: { customSchedule: '', conditionalTriggers: '', advancedDelivery: '' } });

print(EJSON.stringify({
  templates: changedTemplates.modifiedCount,
  schedules: changedSchedules.modifiedCount,
  left: db.reporttemplates.countDocuments(templates) + db.reportschedules.countDocuments(schedules),
}));
